/** Which connections of an HTTP vhost become raw ones, with which bytes, and which do not. */
import { type Context, createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { raw } from '../src/index.ts';
import { echoing, endsWithTest, openRaw } from './open-raw.ts';

const get = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';

/** An echo that HTTP connections fall back to. */
async function falling(options: Parameters<typeof openRaw>[1] = {}) {
  const { protocol: echo, events, wsis } = echoing();
  const opened = await openRaw(echo.with({ raw: true }), {
    alone: false,
    fallbackToRaw: true,
    ...options,
  });
  return { ...opened, events, wsis };
}

describe.each([
  ['a banner', 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'],
  ['a line that somebody typed', 'hello there\r\n'],
  ['an empty line', '\r\n'],
  ['one octet', '\0'],
  ['a ClientHello', '\x16\x03\x01\x02\x00\x01\x00'],
  ['a method in lower case', 'get / HTTP/1.1\r\n\r\n'],
  ['a method that HTTP has not', 'BREW /pot HTTP/1.1\r\n\r\n'],
  ['a method that goes on', 'GETTING / HTTP/1.1\r\n\r\n'],
  ['a method without a space', 'GET\t/ HTTP/1.1\r\n\r\n'],
  ['what begins like a method', 'OPTIONAL\n'],
  ['what begins like two of them', 'PATH\n'],
  ['a space before the method', ' GET / HTTP/1.1\r\n\r\n'],
  ['octets over 127', '\xff\xfe\x80'],
  ['many', `x${'0123456789'.repeat(20_000)}`],
])('%s', (_name, says) => {
  test.each([1, 2, 3, 1000])('becomes raw with all of it, in pieces of %i', async (size) => {
    const { vhost, events } = await falling();
    const { peer } = await connectRawPeer(vhost);
    const step = says.length > 10_000 ? size * 1000 : size;
    for (let at = 0; at < says.length; at += step) peer.push(says.slice(at, at + step));
    await settle();
    await settle();
    expect(peer.text).toBe(says);
    expect(events[0]).toBe('adopt');
    await peer.send('more');
    expect(peer.text).toBe(`${says}more`);
    await peer.end();
    expect(events.at(-1)).toBe('close');
  });

  test('is refused where nobody asked for raw', async () => {
    const { vhost, events, clock } = await falling({ fallbackToRaw: false });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(says);
    await clock.advance(11_000);
    expect(peer.ended || peer.isClosed).toBe(true);
    expect(peer.text === '' || /^HTTP\/1\.1 (400|408|414|501|505) /.test(peer.text)).toBe(true);
    expect(events).toEqual([]);
  });
});

describe('HTTP stays HTTP', () => {
  test.each([
    ['GET', 404],
    ['HEAD', 404],
    ['POST', 404],
    ['PUT', 404],
    ['DELETE', 404],
    ['OPTIONS', 404],
    ['PATCH', 404],
    ['TRACE', 405],
  ])('%s: %i', async (method, status) => {
    for (const size of [1, 2, 3, 1000]) {
      const { vhost, events } = await falling();
      const { peer } = await connectRawPeer(vhost);
      const says = get.replace('GET', method);
      for (let at = 0; at < says.length; at += size) peer.push(says.slice(at, at + size));
      await settle();
      await settle();
      expect(peer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(events).toEqual([]);
    }
  });

  test.each([
    ['a bad target', 'GET lost HTTP/1.1\r\n\r\n'],
    ['a bad version', 'GET / HTTP/9\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a bad field', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
  ])('%s behind a method is refused', async (_name, says) => {
    const { vhost, events } = await falling();
    const { peer } = await connectRawPeer(vhost);
    await peer.send(says);
    expect(peer.text).toMatch(/^HTTP\/1\.1 (400|505) /);
    expect(events).toEqual([]);
  });

  test('what comes after a request does not fall back', async () => {
    const { vhost, events } = await falling();
    const { peer } = await connectRawPeer(vhost);
    await peer.send(get);
    await peer.send('SSH-2.0-late\r\n');
    expect(peer.text).toMatch(/HTTP\/1\.1 400 /);
    expect(events).toEqual([]);
  });

  test('the head of one that came in pieces has the deadline it had', async () => {
    const { vhost, clock } = await falling({ timeoutSecs: 4 });
    const { peer } = await connectRawPeer(vhost);
    await clock.advance(3000);
    await peer.send('GE');
    await peer.send('T ');
    await peer.send('/');
    await clock.advance(900);
    expect(peer.text).toBe('');
    await clock.advance(200);
    expect(peer.text).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('silence', () => {
  test.each([
    ['nothing', '', /^$/],
    ['the start of a method', 'OPTION', /^HTTP\/1\.1 408 /],
  ])('%s times out as any other', async (_name, says, heard) => {
    const { vhost, clock, events } = await falling({ timeoutSecs: 4 });
    const { peer } = await connectRawPeer(vhost);
    if (says !== '') await peer.send(says);
    await clock.advance(3900);
    expect([peer.ended, events]).toEqual([false, []]);
    await clock.advance(200);
    expect(peer.ended).toBe(true);
    expect(peer.text).toMatch(heard);
    expect(events).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['the start of a method', 'OPTION'],
  ])('%s is raw after fallbackSilenceSecs', async (_name, says) => {
    const { vhost, clock, events, wsis } = await falling({ fallbackSilenceSecs: 2 });
    const { peer } = await connectRawPeer(vhost);
    if (says !== '') await peer.send(says);
    await clock.advance(1900);
    expect(events).toEqual([]);
    await clock.advance(200);
    expect(events[0]).toBe('adopt');
    await peer.send(' behind');
    expect(peer.text).toBe(`${says} behind`);
    await clock.advance(60_000);
    expect([peer.ended, wsis[0]?.timeoutReason]).toEqual([false, undefined]);
  });

  test('a request that is slow after its method is none', async () => {
    const { vhost, clock, events } = await falling({ fallbackSilenceSecs: 2 });
    const { peer } = await connectRawPeer(vhost);
    await peer.send('GET /');
    await clock.advance(5000);
    await peer.send('x HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(peer.text).toMatch(/^HTTP\/1\.1 404 /);
    expect(events).toEqual([]);
  });

  test('FIN before it is known what it is ends it', async () => {
    const { vhost, events } = await falling();
    const { peer } = await connectRawPeer(vhost);
    await peer.send('GE');
    await peer.end();
    expect([peer.isClosed, events]).toEqual([true, []]);
  });
});

describe('a CONNECT request', () => {
  const connect = 'CONNECT db.test:5432 HTTP/1.1\r\nHost: db.test:5432\r\nX-Who: me\r\n\r\n';

  function seeing() {
    const seen: unknown[] = [];
    const made = protocol({
      name: 'tunnel',
      raw: {
        adopt: (wsi) => void seen.push(wsi.connectTarget, wsi.header('X-Who')),
        rx(wsi, data) {
          seen.push(Buffer.from(data).toString());
          try {
            wsi.header('x-who');
          } catch (error) {
            seen.push((error as { code: string }).code);
          }
        },
      },
    });
    return { made, seen };
  }

  test.each([1, 3, 1000])('is raw after its head, in pieces of %i', async (size) => {
    const { made, seen } = seeing();
    const { vhost } = await openRaw(made, { alone: false, fallbackToRaw: true });
    const { peer } = await connectRawPeer(vhost);
    for (let at = 0; at < connect.length; at += size) peer.push(connect.slice(at, at + size));
    await settle();
    await settle();
    expect(seen).toEqual(['db.test:5432', 'me']);
    await peer.send('bytes');
    expect(seen.slice(2)).toEqual(['bytes', 'LWS_ERR_HEADERS_GONE']);
    expect(peer.text).toBe('');
  });

  test('bytes behind its head are its own', async () => {
    const { made, seen } = seeing();
    const { vhost } = await openRaw(made, { alone: false, fallbackToRaw: true });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(`${connect}early`);
    expect(seen[2]).toBe('early');
  });

  test('after other requests of the connection too', async () => {
    const { made, seen } = seeing();
    const { vhost } = await openRaw(made, { alone: false, fallbackToRaw: true });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(get);
    await peer.send(connect);
    expect(seen).toEqual(['db.test:5432', 'me']);
  });

  test('stands in the access log as taken', async () => {
    const logged: string[] = [];
    const { made } = seeing();
    const { vhost } = await openRaw(made, {
      alone: false,
      fallbackToRaw: true,
      accessLog: (line: string) => void logged.push(line),
    });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(connect);
    expect(logged.join()).toContain('"CONNECT db.test:5432 HTTP/1.1" 200 ');
  });

  test('is 405 on a vhost without fallback', async () => {
    const { made, seen } = seeing();
    const { vhost } = await openRaw(made, { alone: false });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(connect);
    expect(peer.text).toMatch(/^HTTP\/1\.1 405 [\s\S]*allow: GET/i);
    expect(seen).toEqual([]);
  });

  test.each([
    ['another Host', connect.replace('Host: db.test:5432', 'Host: b'), 400],
    ['no Host', connect.replace('Host: db.test:5432', 'X: b'), 400],
    ['no port', connect.replaceAll('db.test:5432', 'db.test'), 400],
    ['an empty port', connect.replaceAll('db.test:5432', 'db.test:'), 400],
    ['a path', connect.replace('CONNECT db.test:5432', 'CONNECT /x'), 400],
    ['a user', connect.replace('CONNECT db', 'CONNECT u@db'), 400],
    ['a URL', connect.replace('CONNECT db.test:5432', 'CONNECT http://db.test:5432/'), 400],
    ['a body', connect.replace('X-Who: me', 'Content-Length: 3'), 400],
  ])('with %s is refused', async (_name, says, status) => {
    const { made, seen } = seeing();
    const { vhost } = await openRaw(made, { alone: false, fallbackToRaw: true });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(says);
    expect(peer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(seen).toEqual([]);
  });

  test('chooses its vhost by Host, which has to allow it', async () => {
    const { protocol: echo, events } = echoing();
    const context = (await createContext({
      use: [http(), raw()],
      clock: new VirtualClock(),
      vhosts: [
        { name: 'a.test', port: 0, interface: '127.0.0.1', protocols: [echo], fallbackToRaw: true },
        { name: 'b.test', port: 0, interface: '127.0.0.1' },
      ],
    })) as unknown as Context;
    endsWithTest(context);
    const { peer } = await connectRawPeer(context.vhosts[0] as Vhost);
    await peer.send('CONNECT b.test:1 HTTP/1.1\r\nHost: b.test:1\r\n\r\n');
    expect(peer.text).toMatch(/^HTTP\/1\.1 405 /);
    expect(events).toEqual([]);
  });
});

describe('which protocol', () => {
  const naming = (name: string, heard: string[]) =>
    protocol({ name, raw: { adopt: () => void heard.push(name) } });

  test.each([
    ['the one marked raw', {}, 'two', true],
    ['the first with a group raw', {}, 'one', false],
    ['the one that listenAcceptProtocol names', { listenAcceptProtocol: 'three' }, 'three', true],
    ['raw-proxy of listenAcceptRole', { listenAcceptRole: 'raw-proxy' }, 'raw-proxy', true],
    [
      'another for raw-proxy',
      { listenAcceptRole: 'raw-proxy', listenAcceptProtocol: 'one' },
      'one',
      true,
    ],
  ] as const)('%s', async (_name, options, expected, marked) => {
    for (const way of [{ fallbackToRaw: true }, { onlyRaw: true }]) {
      const heard: string[] = [];
      const plain = protocol({ name: 'plain', ws: {} });
      const two = naming('two', heard);
      const { vhost } = await openRaw(
        [
          plain,
          naming('one', heard),
          marked ? two.with({ raw: true }) : two,
          naming('three', heard),
          naming('raw-proxy', heard),
        ],
        { alone: false, ...way, ...options },
      );
      const { peer } = await connectRawPeer(vhost);
      await peer.send('-');
      expect(heard).toEqual([expected]);
    }
  });

  test('onlyRaw is raw before a byte came, HTTP or not', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost } = await openRaw(echo, { alone: false, onlyRaw: true });
    const { peer } = await connectRawPeer(vhost);
    expect(events).toEqual(['adopt']);
    await peer.send(get);
    expect(peer.text).toBe(get);
  });

  test('firstRole names it as well', async () => {
    const { protocol: echo } = echoing();
    const { vhost } = await openRaw(echo, { alone: false, firstRole: 'raw' });
    const { peer } = await connectRawPeer(vhost);
    await peer.send(get);
    expect(peer.text).toBe(get);
  });

  test.each([
    ['nobody for fallbackToRaw', [], { fallbackToRaw: true }, 'LWS_ERR_RAW_PROTOCOL'],
    ['nobody for onlyRaw', [], { onlyRaw: true }, 'LWS_ERR_RAW_PROTOCOL'],
    [
      'a name that is not there',
      [naming('one', [])],
      { listenAcceptProtocol: 'two' },
      'LWS_ERR_RAW_PROTOCOL',
    ],
    [
      'a name without raw',
      [protocol({ name: 'two' })],
      { listenAcceptProtocol: 'two' },
      'LWS_ERR_RAW_PROTOCOL',
    ],
    [
      'a mark on one without raw',
      [protocol({ name: 'two' }).with({ raw: true })],
      { fallbackToRaw: true },
      'LWS_ERR_RAW_PROTOCOL',
    ],
    [
      'no raw-proxy',
      [naming('one', [])],
      { listenAcceptRole: 'raw-proxy', fallbackToRaw: true },
      'LWS_ERR_RAW_PROTOCOL',
    ],
    [
      'two marks',
      [naming('one', []).with({ raw: true }), naming('two', []).with({ raw: true })],
      { fallbackToRaw: true },
      'LWS_ERR_PROTOCOL_TWICE',
    ],
    ['silence without fallback', [], { fallbackSilenceSecs: 1 }, 'LWS_ERR_RAW_OPTIONS'],
    [
      'silence that never comes',
      [naming('one', [])],
      { fallbackToRaw: true, fallbackSilenceSecs: 10 },
      'LWS_ERR_RAW_OPTIONS',
    ],
    [
      'another first role',
      [naming('one', [])],
      { onlyRaw: true, firstRole: 'h1' },
      'LWS_ERR_RAW_OPTIONS',
    ],
    ['an unknown role', [], { listenAcceptRole: 'h1' as 'raw-skt' }, 'LWS_ERR_OPTION'],
    ['silence for ever', [], { fallbackSilenceSecs: 3601 }, 'LWS_ERR_OPTION'],
    ['a negative idle time', [], { rawIdleSecs: -1 }, 'LWS_ERR_OPTION'],
    ['a text for a flag', [], { onlyRaw: '1' as unknown as boolean }, 'LWS_ERR_OPTION'],
  ] as const)('%s is refused at creation', async (_name, protocols, options, code) => {
    await expect(openRaw(protocols, { alone: false, ...options })).rejects.toMatchObject({ code });
  });
});

test('a header table is taken only by what is HTTP', async () => {
  const { protocol: echo } = echoing();
  const context = (await createContext({
    use: [http(), raw()],
    clock: new VirtualClock(),
    vhosts: [{ port: -1, protocols: [echo], fallbackToRaw: true, maxHttpHeaderPool: 1 }],
  })) as unknown as Context;
  endsWithTest(context);
  const vhost = context.vhosts[0] as Vhost;
  const waiting = await connectRawPeer(vhost);
  await waiting.peer.send('GET / HT');
  const { peer } = await connectRawPeer(vhost);
  await peer.send('hello');
  expect(peer.text).toBe('hello');
});
