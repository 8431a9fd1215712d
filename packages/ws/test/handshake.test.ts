import { protocol } from '@lws-ts/interface';
import { connectRawPeer } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { acceptFor } from '../src/handshake.ts';
import type { WsOptions } from '../src/index.ts';
import { type Server, serve } from './server.ts';
import { frame, handshake, readFrames, text } from './ws-client.ts';

const echo = protocol({
  name: 'echo',
  session: () => ({ waiting: '' }),
  ws: {
    message(wsi, data) {
      wsi.session.waiting = String(data);
      wsi.requestWriteable();
    },
    writeable: (wsi, tx) => void tx.text(wsi.session.waiting),
  },
});
const other = protocol({ name: 'other', ws: {} });
const notWs = protocol({ name: 'not-ws' });

async function answer(
  server: Server,
  request: string,
): Promise<{ status: string; head: string; rest: string[] }> {
  const { peer } = await connectRawPeer(server.vhost);
  await peer.send(request);
  const bytes = peer.take();
  const all = Buffer.from(bytes).toString('latin1');
  const end = all.indexOf('\r\n\r\n') + 4;
  const status = all.slice(9, 12);
  const rest = status === '101' ? readFrames(bytes.subarray(end)) : [all.slice(end)];
  return { status, head: all.slice(0, end), rest };
}

const serveEcho = (options: WsOptions = {}): Promise<Server> =>
  serve([echo.with({ default: true }), other, notWs], options);

const hello = Buffer.from(text('hi')).toString('latin1');
const unmasked = '\x81\x02hi';
const keyOf = (bytes: number): string => Buffer.alloc(bytes, 1).toString('base64');
const spaces = ' '.repeat(10_000);

describe('table 4.6 of the threat catalogue', () => {
  test.each([
    ['ok', handshake()],
    ['upgrade-case', handshake({ Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' })],
    ['body-cl of 0', handshake({ 'Content-Length': '0' })],
    ['ext-constructor', handshake({ 'Sec-WebSocket-Extensions': 'constructor; toString=1' })],
    ['ext-proto', handshake({ 'Sec-WebSocket-Extensions': '__proto__; __proto__="__proto__"' })],
    [
      'ext-1000-offers',
      handshake({ 'Sec-WebSocket-Extensions': Array(1000).fill('a;b=1').join(',') }),
    ],
    [
      'ext-bad-bits-7',
      handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=7' }),
    ],
    [
      'ext-bad-bits-16',
      handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=16' }),
    ],
    [
      'ext-bad-bits-huge',
      handshake({
        'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99999999999',
      }),
    ],
    ['ext-quoted', handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; a="b\\"c"' })],
    ['ext-dup-param', handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; a; a' })],
  ])('%s: 101', async (_name, request) => {
    const server = await serveEcho();
    const got = await answer(server, `${request}${hello}`);
    expect(got.status).toBe('101');
    expect(got.rest).toEqual(['text "hi"']);
    expect(server.vhost.counters.ws_upg).toBe(1);
  });

  test.each([
    ['no-key', 400, 'KEY', handshake({ 'Sec-WebSocket-Key': undefined })],
    ['key-empty', 400, 'KEY', handshake({ 'Sec-WebSocket-Key': '' })],
    ['key-15-bytes', 400, 'KEY', handshake({ 'Sec-WebSocket-Key': keyOf(15) })],
    ['key-17-bytes', 400, 'KEY', handshake({ 'Sec-WebSocket-Key': keyOf(17) })],
    ['key-not-base64', 400, 'KEY', handshake({ 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' })],
    ['key-dup', 400, 'KEY', handshake({ 'sec-websocket-key': keyOf(16) })],
    ['ver-missing', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': undefined })],
    ['ver-8', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': '8' })],
    ['ver-12', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': '12' })],
    ['ver-0', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': '0' })],
    ['ver-13x', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': '13x' })],
    ['ver-013', 426, 'VERSION', handshake({ 'Sec-WebSocket-Version': '013' })],
    ['ver twice', 426, 'VERSION', handshake({ 'sec-websocket-version': '13' })],
    ['upgrade-list', 400, 'UPGRADE', handshake({ Upgrade: 'websocket, h2c' })],
    ['upgrade twice', 400, 'UPGRADE', handshake({ upgrade: 'h2c' })],
    ['method-post', 405, 'METHOD', handshake({}, 'POST /chat HTTP/1.1')],
    ['body-cl', 400, 'BODY', `${handshake({ 'Content-Length': '4' })}body`],
    [
      'ext-unterminated-quote',
      400,
      'EXTENSIONS',
      handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; a="b' }),
    ],
    [
      'ext-escaped-quote',
      400,
      'EXTENSIONS',
      handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; a="b\\"' }),
    ],
    ['proto-redos', 400, 'PROTOCOLS', handshake({ 'Sec-WebSocket-Protocol': `a${spaces}b` })],
    ['proto-inject', 400, 'PROTOCOLS', handshake({ 'Sec-WebSocket-Protocol': 'echo; x="y"' })],
    ['proto-dup-token', 400, 'PROTOCOLS', handshake({ 'Sec-WebSocket-Protocol': 'echo, echo' })],
    [
      'proto-dup-field',
      400,
      'PROTOCOLS',
      handshake({ 'Sec-WebSocket-Protocol': 'echo', 'sec-websocket-protocol': 'echo' }),
    ],
    ['proto-comma-only', 400, 'PROTOCOLS', handshake({ 'Sec-WebSocket-Protocol': ',' })],
    ['proto-empty', 400, 'PROTOCOLS', handshake({ 'Sec-WebSocket-Protocol': '' })],
    [
      'proto-empty-element',
      400,
      'PROTOCOLS',
      handshake({ 'Sec-WebSocket-Protocol': 'echo,,other' }),
    ],
    ['proto-none-known', 400, 'NO_PROTOCOL', handshake({ 'Sec-WebSocket-Protocol': 'x, y' })],
    ['proto without ws', 400, 'NO_PROTOCOL', handshake({ 'Sec-WebSocket-Protocol': 'not-ws' })],
    ['origin-evil', 403, 'ORIGIN', handshake({ Origin: 'https://evil.example' })],
  ])('%s: %i, counted, one log line, closed', async (_name, status, area, request) => {
    const server = await serveEcho();
    const code = `LWS_ERR_WS_HANDSHAKE_${area}`;
    const got = await answer(server, `${request}${hello}`);
    expect(got.status).toBe(String(status));
    expect(got.head).toMatch(/\r\nconnection: close(?:, upgrade)?\r\n/i);
    expect(server.vhost.counters.ws_upg).toBe(0);
    expect([...server.vhost.counters.refused]).toEqual([[code, 1]]);
    expect(server.lines).toEqual([expect.stringContaining(code)]);
  });

  test.each([
    ['upgrade-missing-conn', handshake({ Connection: undefined })],
    ['connection without upgrade', handshake({ Connection: 'keep-alive, upgraded' })],
    ['upgrade-other', handshake({ Upgrade: 'foo' })],
    ['http-1.0', handshake({}, 'GET /chat HTTP/1.0')],
    ['no-host', handshake({ Host: undefined })],
    ['key-100k', handshake({ 'Sec-WebSocket-Key': 'x'.repeat(100_000) })],
  ])('%s: not 101', async (_name, request) => {
    const server = await serveEcho();
    const { status } = await answer(server, request);
    expect(status).not.toBe('101');
    expect(server.vhost.counters.ws_upg).toBe(0);
  });

  test('early-data: processed after established, in order', async () => {
    const got = await answer(await serveEcho(), `${handshake()}${hello}${hello}`);
    expect(got.rest).toEqual(['text "hi"', 'text "hi"']);
  });

  test('early-unmasked: 101, then 1002', async () => {
    const got = await answer(await serveEcho(), `${handshake()}${unmasked}`);
    expect(got.rest).toEqual(['close 1002']);
  });
});

describe('the answer', () => {
  test('the key of RFC 6455 §1.3', () => {
    expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  test('names no subprotocol unless the client did', async () => {
    const { head } = await answer(await serveEcho(), handshake());
    expect(head).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
  });

  test.each([
    ['the first of the client that the vhost has', 'x, other, echo', 'other'],
    ['in spite of white space', ' \t echo\t , x', 'echo'],
  ])('%s', async (_name, list, expected) => {
    const { head } = await answer(await serveEcho(), handshake({ 'Sec-WebSocket-Protocol': list }));
    expect(head).toContain(`\r\nSec-WebSocket-Protocol: ${expected}\r\n`);
  });

  // RFC 6455 §4.2.2, RFC 9110 §15.5.22 and §7.8
  test('426 names the protocol and the version that are spoken', async () => {
    const { head } = await answer(await serveEcho(), handshake({ 'Sec-WebSocket-Version': '8' }));
    expect(head).toMatch(/\r\nsec-websocket-version: 13\r\n/i);
    expect(head).toMatch(/\r\nupgrade: websocket\r\n/i);
    expect(head).toMatch(/\r\nconnection: close, upgrade\r\n/i);
  });

  test('405 names the method that is', async () => {
    const { head } = await answer(await serveEcho(), handshake({}, 'POST / HTTP/1.1'));
    expect(head).toMatch(/\r\nallow: GET\r\n/i);
  });

  test('400 for a client that names none, where no protocol is the default', async () => {
    const server = await serve([echo, other]);
    expect((await answer(server, handshake())).status).toBe('400');
    expect(server.vhost.counters.refused.has('LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL')).toBe(true);
    expect(server.lines.join()).toContain(
      'the client named none, and no protocol of the vhost has',
    );
  });

  test('a handshake byte by byte, with data behind it', async () => {
    const server = await serveEcho();
    const { peer } = await connectRawPeer(server.vhost);
    for (const byte of Buffer.from(`${handshake()}${hello}`, 'latin1'))
      peer.push(Uint8Array.of(byte));
    await peer.send('');
    expect(readFrames(peer.take().subarray(129))).toEqual(['text "hi"']);
  });

  test('worst lists of 16 KiB are judged in time', async () => {
    const server = await serveEcho();
    for (const [name, value] of [
      ['Sec-WebSocket-Protocol', `${'a,'.repeat(7000)}b`],
      ['Sec-WebSocket-Protocol', ' \t'.repeat(7000)],
      ['Sec-WebSocket-Extensions', '"\\'.repeat(7000)],
      ['Upgrade', `${','.repeat(14_000)}websocket`],
    ] as const) {
      const began = performance.now();
      const { status } = await answer(server, handshake({ [name]: value }));
      expect(status).toBe('400');
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });
});

describe('Origin', () => {
  const cookie = { Cookie: 'a=1' };
  test.each<[string, WsOptions['allowedOrigins'], Record<string, string>, string]>([
    ['same host', undefined, { Origin: 'http://localhost' }, '101'],
    ['same host, any case', undefined, { Origin: 'HTTP://LOCALHOST', ...cookie }, '101'],
    ['default port', undefined, { Origin: 'http://localhost:80' }, '101'],
    ['default port behind TLS elsewhere', undefined, { Origin: 'https://localhost:443' }, '101'],
    ['same port', undefined, { Host: 'localhost:7681', Origin: 'http://localhost:7681' }, '101'],
    ['other port', undefined, { Host: 'localhost:7681', Origin: 'http://localhost:7682' }, '403'],
    [
      'default against other port',
      undefined,
      { Host: 'localhost:7681', Origin: 'http://localhost' },
      '403',
    ],
    ['IPv6', undefined, { Host: '[::1]:7681', Origin: 'http://[::1]:7681' }, '101'],
    ['IPv6 default port', undefined, { Host: '[::1]', Origin: 'http://[::1]:80' }, '101'],
    ['other host', undefined, { Origin: 'http://evil.example' }, '403'],
    ['prefix', undefined, { Origin: 'http://localhost.evil.example' }, '403'],
    ['user', undefined, { Origin: 'http://localhost@evil.example' }, '403'],
    ['path', undefined, { Origin: 'http://localhost/' }, '403'],
    ['null', undefined, { Origin: 'null' }, '403'],
    ['empty', undefined, { Origin: '' }, '403'],
    ['other scheme', undefined, { Origin: 'file://localhost' }, '403'],
    ['twice', undefined, { Origin: 'http://localhost', origin: 'http://localhost' }, '403'],
    ['absent', undefined, {}, '101'],
    ['absent with Cookie', undefined, cookie, '403'],
    ['absent with Authorization', 'same-origin', { Authorization: 'Basic eA==' }, '403'],
    ['any', '*', { Origin: 'http://evil.example', ...cookie }, '101'],
    ['any: absent with Cookie', '*', cookie, '101'],
    ['listed', ['https://app.example'], { Origin: 'https://app.example' }, '101'],
    [
      'listed with default port',
      ['https://app.example:443'],
      { Origin: 'https://App.example' },
      '101',
    ],
    ['not listed', ['https://app.example'], { Origin: 'http://localhost' }, '403'],
    ['other scheme than listed', ['https://app.example'], { Origin: 'http://app.example' }, '403'],
    [
      'listed and same',
      ['https://app.example', 'same-origin'],
      { Origin: 'http://localhost' },
      '101',
    ],
    ['listed: absent with Cookie', ['https://app.example'], cookie, '403'],
    ['no origin at all', [], { Origin: 'http://localhost' }, '403'],
  ])('%s', async (_name, allowedOrigins, fields, status) => {
    const server = await serveEcho(allowedOrigins === undefined ? {} : { allowedOrigins });
    expect((await answer(server, handshake(fields))).status).toBe(status);
    const refused = status === '403' ? [['LWS_ERR_WS_HANDSHAKE_ORIGIN', 1]] : [];
    expect([...server.vhost.counters.refused]).toEqual(refused);
  });
});

test('nothing is served after a refused handshake', async () => {
  const server = await serveEcho();
  const { peer } = await connectRawPeer(server.vhost);
  await peer.send(`${handshake({ 'Sec-WebSocket-Version': '8' })}${handshake()}${hello}`);
  await peer.send(frame(1, 'late'));
  expect(peer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(peer.ended).toBe(true);
});
