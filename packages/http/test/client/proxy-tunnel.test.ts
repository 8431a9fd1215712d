import type { RoleHost } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { readProxy } from '../../src/client/proxy.ts';
import { ConnectTunnel, SocksTunnel } from '../../src/client/proxy-tunnel.ts';

/** A host that keeps what is said. */
function hearing(): { host: RoleHost; said: () => Buffer } {
  const room = new Uint8Array(65_536);
  let end = 0;
  const host = {
    reservedAt: 0,
    reserve() {
      host.reservedAt = end;
      return room;
    },
    commit(bytes: number) {
      end += bytes;
    },
  };
  const said = (): Buffer => {
    const bytes = Buffer.from(room.slice(0, end));
    end = 0;
    return bytes;
  };
  return { host: host as unknown as RoleHost, said };
}

const target = (host: string) => ({ host, port: 443, socketPath: undefined });

const by = (text: string) => {
  const [user = '', password = ''] = text.split(':');
  return { user, password };
};

/** Gives an answer in pieces of that size; the first outcome. */
function feed(
  tunnel: ConnectTunnel | SocksTunnel,
  bytes: Buffer,
  size: number,
): true | string | undefined {
  for (let at = 0; at < bytes.length; at += size) {
    const outcome = tunnel.push(bytes.subarray(at, at + size));
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

describe('CONNECT', () => {
  test.each([
    ['a.example', '', 'CONNECT a.example:443 HTTP/1.1\r\nhost: a.example:443\r\n\r\n'],
    ['::1', '', 'CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n\r\n'],
    [
      'a',
      'u:p',
      'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\nproxy-authorization: Basic dTpw\r\n\r\n',
    ],
  ])('to %s as %j', (host, credentials, head) => {
    const { host: output, said } = hearing();
    new ConnectTunnel(output, target(host), by(credentials)).begin();
    expect(said().toString('latin1')).toBe(head);
  });

  test.each([
    ['HTTP/1.1 200 Connection established\r\n\r\n', true],
    ['HTTP/1.0 200 OK\r\nX: y\r\n\r\n', true],
    ['HTTP/1.1 100 x\r\n\r\nHTTP/1.1 204 x\r\n\r\n', true],
    ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'it answered 407'],
    ['HTTP/1.1 302 x\r\nLocation: /\r\n\r\n', 'it answered 302'],
    ['SSH-2.0\r\n\r\n', 'the status line is not one of HTTP/1.1'],
    ['HTTP/1.1 200 x\r\n', undefined],
  ])('answered %j: %s', (answer, outcome) => {
    for (const size of [1, 2, 3, 1000]) {
      const tunnel = new ConnectTunnel(hearing().host, target('a'), by(''));
      const got = feed(tunnel, Buffer.from(answer, 'latin1'), size);
      if (typeof outcome === 'string' && outcome.startsWith('the'))
        expect(typeof got).toBe('string');
      else expect(got).toBe(outcome);
    }
  });

  test('bytes behind the answer are not the server’s', () => {
    const tunnel = new ConnectTunnel(hearing().host, target('a'), by(''));
    expect(tunnel.push(Buffer.from('HTTP/1.1 200 x\r\n\r\nearly'))).toBe('it spoke out of turn');
  });
});

describe('SOCKS5', () => {
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

  test('a colon in the user is the user’s', () => {
    const { host: output, said } = hearing();
    const tunnel = new SocksTunnel(output, target('a'), readProxy('socks5://a%3Ab:p%3Aw@p'));
    tunnel.begin();
    said();
    feed(tunnel, hex('0502'), 2);
    expect(said()).toEqual(Buffer.from('\x01\x03a:b\x03p:w', 'latin1'));
  });

  test.each([
    ['a name', 'a.example', '', '050100', ['0500'], '0501 00 03 09 612e6578616d706c65 01bb'],
    ['IPv4', '192.0.2.9', '', '050100', ['0500'], '0501 00 01 c0000209 01bb'],
    [
      'IPv6',
      '2001:db8::9',
      '',
      '050100',
      ['0500'],
      '0501 00 04 20010db8000000000000000000000009 01bb',
    ],
    [
      'IPv6 that is whole',
      '1:2:3:4:5:6:7:8',
      '',
      '050100',
      ['0500'],
      '0501 00 04 00010002000300040005000600070008 01bb',
    ],
    ['a user that is not asked for', 'a', 'u:p', '05020002', ['0500'], '0501 00 03 01 61 01bb'],
    ['a user', 'a', 'u:pw', '05020002', ['0502', '0100'], '0501 00 03 01 61 01bb'],
  ])('%s', (_name, host, userAndPassword, greeting, replies, request) => {
    for (const size of [1, 2, 1000]) {
      const { host: output, said } = hearing();
      const tunnel = new SocksTunnel(output, target(host), by(userAndPassword));
      tunnel.begin();
      expect(said()).toEqual(hex(greeting));
      for (const [at, reply] of replies.entries()) {
        expect(feed(tunnel, hex(reply), size)).toBeUndefined();
        if (at === 0 && replies.length === 2) expect(said()).toEqual(hex('01 01 75 02 7077'));
      }
      expect(said()).toEqual(hex(request));
      expect(feed(tunnel, hex('0500 00 01 00000000 0000'), size)).toBe(true);
    }
  });

  test.each([
    ['IPv6 as its own address', '0500 00 04 00000000000000000000000000000000 0000', true],
    ['a name as its own address', '0500 00 03 02 6161 0000', true],
    ['a general failure', '0501 00 01 00000000 0000', 'it failed'],
    ['not allowed', '0502 00 01 00000000 0000', 'its rules do not allow it'],
    ['network', '0503 00 01 00000000 0000', 'the network cannot be reached'],
    ['host', '0504 00 01 00000000 0000', 'the host cannot be reached'],
    ['refused', '0505 00 01 00000000 0000', 'the connection was refused'],
    ['time to live', '0506 00 01 00000000 0000', 'the time to live ran out'],
    ['command', '0507 00 01 00000000 0000', 'it does not know the command'],
    ['address', '0508 00 01 00000000 0000', 'it does not know the kind of address'],
    ['a code of nobody', '05ff 00 01 00000000 0000', 'it answered 255'],
    ['two bytes that say no', '0502', 'its rules do not allow it'],
    ['a kind of address of nobody', '0500 00 02 0000', 'it does not speak SOCKS5'],
    ['another version', '0400 00 01 00000000 0000', 'it does not speak SOCKS5'],
    ['bytes behind it', '0500 00 01 00000000 0000 ff', 'it spoke out of turn'],
  ])('answers with %s', (_name, reply, outcome) => {
    for (const size of [1, 3, 1000]) {
      const tunnel = new SocksTunnel(hearing().host, target('a'), by(''));
      tunnel.begin();
      tunnel.push(hex('0500'));
      const got = feed(tunnel, hex(reply), size);
      if (outcome === 'it spoke out of turn' && size < 11) expect([true, outcome]).toContain(got);
      else expect(got).toBe(outcome);
    }
  });

  test.each([
    [255, undefined],
    [256, 'the name of the server is too long for it'],
  ])('a name of %i characters', (length, outcome) => {
    const tunnel = new SocksTunnel(hearing().host, target('a'.repeat(length)), by(''));
    tunnel.begin();
    expect(tunnel.push(hex('0500'))).toBe(outcome);
  });

  test.each([
    ['no SOCKS5', 'u:p', '4854', 'it does not speak SOCKS5'],
    ['a way that was not offered', '', '0502', 'it wants another way to authenticate'],
    ['no way at all', 'u:p', '05ff', 'it wants another way to authenticate'],
    ['a wrong password', 'u:p', '05020101', 'it does not know the user or the password'],
  ])('%s', (_name, userAndPassword, replies, outcome) => {
    const tunnel = new SocksTunnel(hearing().host, target('a'), by(userAndPassword));
    tunnel.begin();
    expect(feed(tunnel, hex(replies), 1)).toBe(outcome);
  });
});
