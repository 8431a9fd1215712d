/** The class against a server of `ws`, and against the class of undici where both can be asked the same. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setLogLevel } from '@lws-ts/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type WebSocket as Peer, WebSocketServer } from 'ws';
import { CloseEvent, type ErrorEvent, WebSocket } from '../../src/websocket/index.ts';

let server: WebSocketServer;
let url: string;
let peers: Peer[];

beforeAll(async () => {
  setLogLevel(undefined, () => {});
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
beforeEach(() => {
  peers = [];
  server.removeAllListeners('connection');
  server.on('connection', (peer) => peers.push(peer));
});
afterEach(() => {
  for (const peer of peers) peer.terminate();
});
afterAll(() => {
  server.close();
  setLogLevel(undefined, null);
});

async function opened(
  protocols?: string | readonly string[],
): Promise<{ socket: WebSocket; peer: Peer }> {
  const socket = new WebSocket(url, protocols);
  await event(socket, 'open');
  return { socket, peer: peers[0] as Peer };
}

function event(socket: WebSocket, type: string): Promise<Event> {
  return new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
}

function message(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => resolve(data), { once: true });
  });
}

describe('the constructor', () => {
  test.each([
    ['no URL', 'not a url', [], 'SyntaxError'],
    ['a relative URL', '/chat', [], 'SyntaxError'],
    ['a foreign scheme', 'ftp://127.0.0.1/', [], 'SyntaxError'],
    ['a fragment', 'ws://127.0.0.1/#top', [], 'SyntaxError'],
    ['an empty fragment', 'ws://127.0.0.1/#', [], 'SyntaxError'],
    ['an empty subprotocol', 'ws://127.0.0.1/', '', 'SyntaxError'],
    ['a subprotocol that is no token', 'ws://127.0.0.1/', 'a b', 'SyntaxError'],
    ['a subprotocol twice', 'ws://127.0.0.1/', ['a', 'a'], 'SyntaxError'],
    ['a subprotocol twice, in another case', 'ws://127.0.0.1/', ['a', 'A'], 'SyntaxError'],
  ])('refuses %s', (_name, target, protocols, name) => {
    expect(() => new WebSocket(target, protocols)).toThrow(expect.objectContaining({ name }));
  });

  // as Web IDL converts arguments
  test.each<[string, unknown[], unknown]>([
    ['no arguments', [], TypeError],
    ['a symbol for a URL', [Symbol('ws:')], TypeError],
    ['a symbol among subprotocols', ['ws://127.0.0.1/', [Symbol('a')]], TypeError],
    ['undefined for a URL', [undefined], { name: 'SyntaxError' }],
    ['an object for subprotocols', ['ws://127.0.0.1/', {}], { name: 'SyntaxError' }],
  ])('refuses %s', (_name, given, expected) => {
    const make = (): unknown => Reflect.construct(WebSocket, given);
    expect(make).toThrow(
      typeof expected === 'function' ? expected : expect.objectContaining(expected as object),
    );
  });

  test.each([
    [undefined, undefined],
    [null, 'null'],
    [5, '5'],
    [['a', 1], 'a, 1'],
    [new Set(['a', 'b']), 'a, b'],
  ])('asks for subprotocols given as %j', async (given, asked) => {
    const accepted = once(server, 'connection');
    const socket = new WebSocket(url, given as never);
    const [, request] = await accepted;
    expect(request.headers['sec-websocket-protocol']).toBe(asked);
    socket.close();
  });

  test('reads http: as ws:, and shows the URL as it was read', async () => {
    const socket = new WebSocket(url.replace('ws:', 'http:'));
    expect(socket.url).toBe(url);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    expect([socket.protocol, socket.extensions, socket.bufferedAmount]).toEqual(['', '', 0]);
    await event(socket, 'open');
    expect(socket.readyState).toBe(socket.OPEN);
    socket.close();
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    await event(socket, 'close');
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });

  test('passes headers on, which the standard does not know', async () => {
    const asked = once(server, 'connection');
    const socket = new WebSocket(url, [], { headers: { 'x-token': 'abc' }, origin: 'http://a.b' });
    const [, request] = await asked;
    expect(request.headers).toMatchObject({ 'x-token': 'abc', origin: 'http://a.b' });
    socket.close();
  });
});

test.each([
  ['an option that there is not', { heders: {} }, 'heders'],
  ['an option that is wrong', { connectTimeoutSecs: -1 }, 'connectTimeoutSecs'],
  ['a field that cannot be sent', { headers: { 'x y': 'z' } }, 'x y'],
])('%s fails the connection, and the log says why', async (_name, options, why) => {
  const lines: string[] = [];
  setLogLevel('warn', (_level, line) => lines.push(line));
  expect(await endOf(new WebSocket(url, [], options))).toEqual(['error', 'close 1006 false']);
  setLogLevel(undefined, () => {});
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`WebSocket to ${new URL(url).host}: `);
  expect(lines[0]).toContain(why);
});

test('the states are constants of the class and of its prototype', () => {
  const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
  for (const owner of [WebSocket, WebSocket.prototype]) {
    expect(names.map((name) => owner[name])).toEqual([0, 1, 2, 3]);
    for (const name of names) expect(Reflect.set(owner, name, 7)).toBe(false);
  }
  expect(String(WebSocket.prototype)).toBe('[object WebSocket]');
});

test('its members are seen as those of a platform object', () => {
  const names: string[] = [];
  for (const name in WebSocket.prototype) names.push(name);
  const members = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol', 'binaryType'];
  const calls = ['send', 'close', 'addEventListener', 'removeEventListener', 'dispatchEvent'];
  const handlers = ['onopen', 'onmessage', 'onerror', 'onclose'];
  expect(names).toEqual(expect.arrayContaining([...members, ...calls, ...handlers]));
  expect(names).not.toContain('constructor');
});

test('the class, its functions and its constants are seen as Web IDL has them', () => {
  const { length, name } = WebSocket;
  expect({ length, name }).toEqual({ length: 1, name: 'WebSocket' });
  const calls = ['send', 'close', 'addEventListener', 'removeEventListener'] as const;
  expect(calls.map((call) => WebSocket.prototype[call].length)).toEqual([1, 0, 2, 2]);
  const constant = { enumerable: true, writable: false, configurable: false };
  for (const owner of [WebSocket, WebSocket.prototype])
    expect(Object.getOwnPropertyDescriptor(owner, 'OPEN')).toEqual({ value: 1, ...constant });
  expect(Object.keys(WebSocket)).toEqual(['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']);
  expect(CloseEvent.length).toBe(1);
});

test('a close event is read as Web IDL has it', () => {
  const make = (...given: unknown[]): CloseEvent => Reflect.construct(CloseEvent, given);
  expect(make).toThrow(TypeError);
  expect(String(make('close'))).toBe('[object CloseEvent]');
  expect(make('close', null)).toMatchObject({ wasClean: false, code: 0, reason: '' });
  const converted = { wasClean: true, code: 4464, reason: '5' };
  expect(make('close', { wasClean: 1, code: 70_000, reason: 5 })).toMatchObject(converted);
});

test('a close event says what every event may say', () => {
  const event = new CloseEvent('close', { cancelable: true, bubbles: true, code: 1000 });
  expect([event.cancelable, event.bubbles, event.code]).toEqual([true, true, 1000]);
});

test('listeners may be objects, come once, and be taken away', async () => {
  const { socket, peer } = await opened();
  const heard: unknown[] = [];
  const object = { handleEvent: ({ data }: MessageEvent) => heard.push(['object', data]) };
  const gone = ({ data }: MessageEvent): unknown => heard.push(['gone', data]);
  socket.addEventListener('message', object);
  socket.addEventListener('message', ({ data }) => heard.push(['once', data]), { once: true });
  socket.addEventListener('message', gone);
  socket.removeEventListener('message', gone);
  peer.send('1');
  peer.send('2');
  await expect.poll(() => heard).toHaveLength(3);
  expect(heard).toEqual([
    ['object', '1'],
    ['once', '1'],
    ['object', '2'],
  ]);
  // @ts-expect-error: the event of a message has no code
  socket.addEventListener('message', ({ code }) => code);
  socket.close();
});

describe('messages', () => {
  test('text both ways, in order', async () => {
    const { socket, peer } = await opened();
    const heard: string[] = [];
    peer.on('message', (data, binary) => heard.push(`${binary} ${String(data)}`));
    for (let at = 0; at < 50; at++) socket.send(`line ${at} ü`);
    peer.send('back');
    const back = (await event(socket, 'message')) as MessageEvent;
    expect([back.data, back.origin]).toEqual(['back', url.slice(0, -1)]);
    while (heard.length < 50) await once(peer, 'message');
    expect(heard).toEqual(Array.from({ length: 50 }, (_, at) => `false line ${at} ü`));
    expect(socket.bufferedAmount).toBe(0);
  });

  test('binary arrives as a Blob, or as an ArrayBuffer of its size', async () => {
    const { socket, peer } = await opened();
    expect(socket.binaryType).toBe('blob');
    peer.send(Uint8Array.of(1, 2, 3));
    const blob = (await message(socket)) as Blob;
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
    socket.binaryType = 'arraybuffer';
    // @ts-expect-error no other type
    socket.binaryType = 'text';
    expect(socket.binaryType).toBe('arraybuffer');
    socket.binaryType = new String('blob') as 'blob';
    expect(socket.binaryType).toBe('blob');
    expect(() => Reflect.set(socket, 'binaryType', Symbol('blob'))).toThrow(TypeError);
    socket.binaryType = 'arraybuffer';
    peer.send(Uint8Array.of(4, 5));
    const buffer = (await message(socket)) as ArrayBuffer;
    expect(buffer).toBeInstanceOf(ArrayBuffer);
    expect(new Uint8Array(buffer)).toEqual(Uint8Array.of(4, 5));
  });

  test('every kind of data is sent, a Blob in its place, and as it was when it was given', async () => {
    const { socket, peer } = await opened();
    const heard: string[] = [];
    peer.on('message', (data, binary) =>
      heard.push(binary ? (data as Buffer).toString('hex') : String(data)),
    );
    const bytes = Uint8Array.of(0xff, 1, 2, 0xff);
    socket.send(new Blob([Uint8Array.of(9)]));
    socket.send(bytes.subarray(1, 3));
    socket.send(new DataView(bytes.buffer, 1, 1));
    socket.send(bytes.buffer);
    socket.send('text');
    bytes.fill(0);
    while (heard.length < 5) await once(peer, 'message');
    expect(heard).toEqual(['09', '0102', '01', 'ff0102ff', 'text']);
  });

  test('of memory that was transferred are empty', async () => {
    const { socket, peer } = await opened();
    const lengths: number[] = [];
    peer.on('message', (data: Buffer) => lengths.push(data.length));
    const gone = new ArrayBuffer(4);
    const views = [new Uint8Array(gone, 1), new DataView(gone, 1)];
    structuredClone(gone, { transfer: [gone] });
    for (const data of [gone, ...views]) socket.send(data);
    expect(socket.bufferedAmount).toBe(0);
    while (lengths.length < 3) await once(peer, 'message');
    expect(lengths).toEqual([0, 0, 0]);
    socket.close();
  });

  test('cannot be sent while connecting', async () => {
    const socket = new WebSocket(url);
    expect(() => socket.send('x')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
    await event(socket, 'open');
    socket.close();
  });

  test('are something: send without an argument throws', async () => {
    const { socket } = await opened();
    expect(() => socket.send(...([] as unknown as [string]))).toThrow(TypeError);
    expect(() => socket.send(Symbol('x') as never)).toThrow(TypeError);
    expect(socket.bufferedAmount).toBe(0);
    socket.close();
  });

  test('are counted while they wait, and while the peer does not read them', async () => {
    const { socket, peer } = await opened();
    socket.send('x'.repeat(1000));
    socket.send(new Uint8Array(500));
    expect(socket.bufferedAmount).toBe(1500);
    (peer as unknown as { _socket: { pause(): void } })._socket.pause();
    const large = 64 * 1024 * 1024;
    socket.send(new Uint8Array(large / 2));
    socket.send(new Uint8Array(large / 2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = socket.bufferedAmount;
    expect(before).toBeGreaterThan(large / 4);
    peer.terminate();
    await event(socket, 'close');
    // the standard: it does not reset to zero once the connection closes
    expect(socket.bufferedAmount).toBeGreaterThan(before * 0.9);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(before);
    const left = socket.bufferedAmount;
    socket.send('more');
    expect(socket.bufferedAmount).toBe(left + 4);
  });

  test('of any length come and go', async () => {
    const { socket, peer } = await opened();
    socket.binaryType = 'arraybuffer';
    peer.on('message', (data: Buffer) => peer.send(data));
    socket.send(new Uint8Array(20_000_000));
    expect(((await message(socket)) as ArrayBuffer).byteLength).toBe(20_000_000);
  });

  test('given after close are counted and not sent', async () => {
    const { socket, peer } = await opened();
    const heard: string[] = [];
    peer.on('message', (data) => heard.push(String(data)));
    socket.send('before');
    socket.close(1000, 'done');
    socket.send('after');
    const closed = (await event(socket, 'close')) as CloseEvent;
    expect(heard).toEqual(['before']);
    expect(socket.bufferedAmount).toBe(5);
    expect([closed.wasClean, closed.code, closed.reason]).toEqual([true, 1000, 'done']);
  });
});

describe('subprotocols', () => {
  test('the one the server chose is shown', async () => {
    const { socket } = await opened(['first', 'second']);
    expect(socket.protocol).toBe('first');
    socket.close();
  });

  test('a server that chooses none of those asked for fails the connection', async () => {
    const silent = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: () => false,
    });
    await once(silent, 'listening');
    const socket = new WebSocket(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`, 'x');
    expect(await endOf(socket)).toEqual(['error', 'close 1006 false']);
    silent.close();
  });
});

test('a redirect is followed when an option says so, and fails the connection else', async () => {
  const redirecting = createServer();
  redirecting.on('upgrade', (_request, wire: Socket) => {
    // who follows does not wait for its end
    wire.on('error', () => undefined);
    wire.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`);
  });
  redirecting.listen(0, '127.0.0.1');
  await once(redirecting, 'listening');
  const there = `ws://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`;
  expect(await endOf(new WebSocket(there))).toEqual(['error', 'close 1006 false']);
  expect(peers).toHaveLength(0);
  const following = new WebSocket(there, [], { maxRedirects: 1 });
  await event(following, 'open');
  following.close();
  redirecting.close();
});

/** The events of a socket, to its end. */
function endOf(socket: WebSocket): Promise<string[]> {
  const events: string[] = [];
  return new Promise((resolve) => {
    socket.onopen = () => events.push('open');
    socket.onerror = () => events.push('error');
    socket.onclose = (closed) => {
      events.push(`close ${closed.code} ${closed.wasClean}`);
      resolve(events);
    };
  });
}

describe('the end', () => {
  test.each([
    ['a code no page may send', 1001, '', 'InvalidAccessError'],
    ['a code that is none', 2999, '', 'InvalidAccessError'],
    ['a code over 4999', 5000, '', 'InvalidAccessError'],
    ['a code that is nearly 5000', 4999.6, '', 'InvalidAccessError'],
    ['a code that is no number', Number.NaN, '', 'InvalidAccessError'],
    ['a code over 16 bits', 66_536, '', 'InvalidAccessError'],
    ['a reason of 124 bytes', 1000, 'ü'.repeat(62), 'SyntaxError'],
  ])('close refuses %s', async (_name, code, reason, name) => {
    const { socket } = await opened();
    expect(() => socket.close(code, reason)).toThrow(expect.objectContaining({ name }));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('close refuses what WebIDL makes no number or no string of', async () => {
    const { socket } = await opened();
    for (const code of [1000n, Symbol('1000')])
      expect(() => socket.close(code as never)).toThrow(TypeError);
    expect(() => socket.close(1000, Symbol('x') as never)).toThrow(TypeError);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  // as WebIDL reads `[Clamp] unsigned short` and `USVString`
  test.each([
    [3000.5, 'x', 3000, 'x'],
    [3001.5, 'x', 3002, 'x'],
    [1000.4, 'x', 1000, 'x'],
    ['3000', 'x', 3000, 'x'],
    [1000, 5, 1000, '5'],
    [undefined, null, 1000, 'null'],
    [1000, '\ud800', 1000, '\ufffd'],
  ])('close(%j, %j) says %i %j', async (code, reason, said, why) => {
    const { socket, peer } = await opened();
    const heard = once(peer, 'close');
    socket.close(code as number, reason as string);
    const [heardCode, heardReason] = await heard;
    expect([heardCode, String(heardReason)]).toEqual([said, why]);
  });

  test("the peer's close frame is told", async () => {
    const { socket, peer } = await opened();
    const end = event(socket, 'close');
    peer.close(4001, 'go');
    const closed = (await end) as CloseEvent;
    expect(closed).toBeInstanceOf(CloseEvent);
    expect([closed.wasClean, closed.code, closed.reason]).toEqual([true, 4001, 'go']);
  });

  test('a reset is no clean end', async () => {
    const { socket, peer } = await opened();
    const end = endOf(socket);
    peer.terminate();
    expect(await end).toEqual(['error', 'close 1006 false']);
  });

  test('a frame that breaks the protocol fails the connection: error, then close', async () => {
    const { socket, peer } = await opened();
    const end = endOf(socket);
    // text that is not UTF-8
    peer.send(Uint8Array.of(0xff), { binary: false });
    expect(await end).toEqual(['error', 'close 1006 false']);
  });

  test('a server that cannot be reached: error, then close', async () => {
    expect(await endOf(new WebSocket('ws://127.0.0.1:1/'))).toEqual(['error', 'close 1006 false']);
  });

  test('the error event says why, as that of Node.js does', async () => {
    const socket = new WebSocket('ws://127.0.0.1:1/');
    const event = await new Promise<ErrorEvent>((resolve) => {
      socket.onerror = resolve;
    });
    expect(String(event)).toBe('[object ErrorEvent]');
    expect(event.error).toMatchObject({ code: 'LWS_ERR_CONNECT' });
    expect(event.message).toContain('ECONNREFUSED');
  });

  test('the error event of a connection that is lost has no reason', async () => {
    const { socket, peer } = await opened();
    const told = new Promise<ErrorEvent>((resolve) => {
      socket.addEventListener('error', resolve);
    });
    peer.terminate();
    expect(await told).toMatchObject({ error: undefined, message: '' });
  });

  test('close while connecting: error, then close, and never open', async () => {
    const socket = new WebSocket(url);
    const end = endOf(socket);
    socket.close();
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(await end).toEqual(['error', 'close 1006 false']);
  });

  test('close after a moment of connecting', async () => {
    const socket = new WebSocket(url);
    const end = endOf(socket);
    await new Promise((resolve) => setImmediate(resolve));
    socket.close();
    // events come later
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(await end).toEqual(['error', 'close 1006 false']);
  });
});

test('an event handler attribute is one listener in its place, and can be taken away', async () => {
  const { socket, peer } = await opened();
  const calls: string[] = [];
  socket.onmessage = () => calls.push('first');
  socket.addEventListener('message', () => calls.push('listener'));
  socket.onmessage = function (this: WebSocket) {
    calls.push(`second ${this === socket}`);
  };
  peer.send('x');
  await message(socket);
  expect(calls).toEqual(['second true', 'listener']);
  // not a listener, even so: [LegacyTreatNonObjectAsNull] keeps it, and nobody can call it
  const object = { handleEvent: () => calls.push('object') };
  socket.onmessage = object as never;
  expect(socket.onmessage).toBe(object);
  socket.onmessage = 5 as never;
  expect(socket.onmessage).toBe(null);
  socket.onmessage = object as never;
  peer.send('x');
  await message(socket);
  expect(calls).toEqual(['second true', 'listener', 'listener']);
  socket.onmessage = null;
  expect(socket.onmessage).toBe(null);
});
