/** Libraries that are given a `WebSocket` of `ws`, and the view that stands for one. */
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { createClient, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import { toWs, type WsLike, type WsLikeOptions, wsEvents } from '../src/index.ts';

// the copy that graphql-ws itself has: graphql refuses to work with two
const { buildSchema } = createRequire(import.meta.url)('graphql') as typeof import('graphql');

let contexts: Context[];

beforeEach(() => {
  contexts = [];
  setLogLevel(undefined, () => {});
});
afterEach(async () => {
  for (const context of contexts) await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

/** A vhost whose protocol gives each connection's view to `opened`; gives its URL. */
async function serve(
  name: string,
  opened: (socket: WsLike) => void,
  options?: WsLikeOptions,
): Promise<string> {
  const served = protocol({
    name,
    ws: { ...wsEvents, established: (wsi) => opened(toWs(wsi, options)) },
  });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ port: 0, interface: '127.0.0.1', protocols: [served.with({ default: true })] }],
  });
  contexts.push(context as Context);
  return `ws://127.0.0.1:${context.vhosts[0]?.port}/`;
}

/** A client and the server's view of it. */
async function pair(options?: WsLikeOptions): Promise<{ client: WebSocket; view: WsLike }> {
  const views: WsLike[] = [];
  const url = await serve('any', (socket) => void views.push(socket), options);
  const client = new WebSocket(url);
  await once(client, 'open');
  const [view] = views;
  if (view === undefined) throw new Error('open without a view');
  return { client, view };
}

test('graphql-ws runs over it unmodified', async () => {
  const schema = buildSchema(
    'type Query { hello: String } type Subscription { count(to: Int!): Int }',
  );
  async function* count({ to }: { to: number }): AsyncGenerator<{ count: number }> {
    for (let at = 1; at <= to; at++) yield { count: at };
  }
  const server = makeServer({
    schema,
    roots: { query: { hello: () => 'world' }, subscription: { count } },
  });
  const url = await serve(GRAPHQL_TRANSPORT_WS_PROTOCOL, (socket) => {
    // as graphql-ws/use/ws does it
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise((resolve, reject) =>
            socket.send(data, (error) => (error === undefined ? resolve() : reject(error))),
          ),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (heard) => socket.on('message', (event) => void heard(String(event))),
      },
      { socket },
    );
    socket.once('close', (code: number, reason: Buffer) => {
      void closed(code, String(reason));
    });
  });
  const client = createClient({ url, webSocketImpl: WebSocket });
  const results = async (query: string): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const { data } of client.iterate({ query })) all.push(data);
    return all;
  };
  expect(await results('{ hello }')).toEqual([{ hello: 'world' }]);
  expect(await results('subscription { count(to: 3) }')).toEqual([
    { count: 1 },
    { count: 2 },
    { count: 3 },
  ]);
  await client.dispose();
});

test('useServer of graphql-ws, whose pings have no payload, keeps who answers', async () => {
  const server = Object.assign(new EventEmitter(), { options: {}, clients: new Set() });
  const schema = buildSchema('type Query { hello: String }');
  useServer({ schema, roots: { query: { hello: () => 'world' } } }, server as never, 150);
  const ended: number[] = [];
  const url = await serve(GRAPHQL_TRANSPORT_WS_PROTOCOL, (socket) => {
    socket.on('close', (code: number) => ended.push(code));
    server.emit('connection', socket, {});
  });
  const socket = new WebSocket(url, GRAPHQL_TRANSPORT_WS_PROTOCOL);
  let pings = 0;
  socket.on('ping', () => pings++);
  await expect.poll(() => pings + ended.length, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(ended).toEqual([]);
  socket.close(1000);
  await expect.poll(() => ended).toEqual([1000]);
});

describe('what it says', () => {
  test('every kind of data, in order, and its callback', async () => {
    const { client, view } = await pair();
    const heard: string[] = [];
    client.on('message', (data, binary) =>
      heard.push(binary ? (data as Buffer).toString('hex') : String(data)),
    );
    const bytes = Uint8Array.of(0xff, 1, 2);
    view.send('text');
    view.send(bytes.subarray(1));
    view.send(bytes.buffer);
    view.send(Buffer.from('as text'), { binary: false });
    view.send('as binary', { binary: true });
    view.send(42);
    view.send('frag', { fin: false });
    view.send('ment', { fin: true });
    bytes.fill(0);
    await new Promise<void>((resolve, reject) =>
      view.send('last', (error) => (error === undefined ? resolve() : reject(error))),
    );
    while (heard.length < 8) await once(client, 'message');
    expect(heard).toEqual([
      'text',
      '0102',
      'ff0102',
      'as text',
      Buffer.from('as binary').toString('hex'),
      '42',
      'fragment',
      'last',
    ]);
    expect(view.bufferedAmount).toBe(0);
  });

  test('a Blob keeps its place while it is read, and close waits for it', async () => {
    const { client, view } = await pair();
    const heard: string[] = [];
    client.on('message', (data, binary) => heard.push(`${String(data)} ${binary}`));
    view.send('before');
    view.send(new Blob(['of a ', 'blob']));
    view.send(new Blob(['as text']), { binary: false });
    view.send([0x61, 0x62]);
    expect(view.bufferedAmount).toBe('beforeof a blobas textab'.length);
    view.close(1000);
    await once(client, 'close');
    expect(heard).toEqual(['before false', 'of a blob true', 'as text false', 'ab true']);
    expect(view.bufferedAmount).toBe(0);
  });

  test('bufferedAmount counts what waits and what the peer does not read', async () => {
    const { client, view } = await pair({ maxBufferedBytes: 1 << 26 });
    view.send('x'.repeat(1000));
    expect(view.bufferedAmount).toBe(1000);
    client.pause();
    const piece = new Uint8Array(60_000);
    for (let each = 0; each < 500; each++) view.send(piece);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(view.bufferedAmount).toBeGreaterThan(10_000_000);
    client.resume();
    await new Promise<void>((resolve) => view.send('last', () => resolve()));
    client.terminate();
    await once(view, 'close');
    expect(view.bufferedAmount).toBe(0);
  });

  test('pings, and hears the pong', async () => {
    const { client, view } = await pair();
    const ping = once(client, 'ping');
    const pong = once(view, 'pong');
    view.ping('are you there');
    expect(String((await ping)[0])).toBe('are you there');
    expect(String((await pong)[0])).toBe('are you there');
    await new Promise<void>((resolve) => view.pong('', false, () => resolve()));
  });

  test('hears pings, with their payload, which are answered once', async () => {
    const { client, view } = await pair();
    const heard: unknown[] = [];
    view.on('ping', (data: unknown) => heard.push(data));
    const pongs: string[] = [];
    client.on('pong', (data) => pongs.push(String(data)));
    client.ping('are you there');
    client.ping();
    client.ping(Buffer.alloc(125, 'p'));
    await expect.poll(() => pongs.length).toBe(3);
    expect(heard.every((data) => Buffer.isBuffer(data))).toBe(true);
    expect(heard.map(String)).toEqual(['are you there', '', 'p'.repeat(125)]);
    expect(pongs).toEqual(heard.map(String));
  });

  test('a listener of ping that throws closes its own connection', async () => {
    const { client, view } = await pair();
    view.on('ping', () => {
      throw new Error('broken');
    });
    client.ping();
    expect((await once(client, 'close'))[0]).toBe(1011);
  });

  test('closes behind what was sent, with code and reason', async () => {
    const { client, view } = await pair();
    const heard: string[] = [];
    client.on('message', (data) => heard.push(String(data)));
    view.send('before');
    view.close(4002, 'enough');
    expect(view.readyState).toBe(view.CLOSING);
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason), heard]).toEqual([4002, 'enough', ['before']]);
    while (view.readyState !== view.CLOSED) await new Promise((resolve) => setTimeout(resolve, 2));
    const error = await new Promise((resolve) => view.send('late', resolve));
    expect(String(error)).toContain('not open');
  });

  test('terminates', async () => {
    const { client, view } = await pair();
    client.on('error', () => {});
    const closed = new Promise((resolve) => client.on('close', resolve));
    view.terminate();
    expect(await closed).toBe(1006);
  });

  test('more than a slow peer is waited for closes with 1013', async () => {
    const { client, view } = await pair({ maxBufferedBytes: 1000 });
    const error = await new Promise((resolve) => view.send('x'.repeat(1001), resolve));
    expect(error).toMatchObject({ code: 'LWS_ERR_APP_OUTPUT' });
    expect((await once(client, 'close'))[0]).toBe(1013);
  });

  test('empty messages and pings count too', async () => {
    for (const give of ['send', 'ping'] as const) {
      const { client, view } = await pair({ maxBufferedBytes: 6400 });
      for (let each = 0; each < 200; each++) view[give]('');
      expect((await once(client, 'close'))[0]).toBe(1013);
    }
  });

  test('then tells whoever gave something that waits', async () => {
    const { view } = await pair({ maxBufferedBytes: 1000 });
    const told: unknown[] = [];
    const tell = (error?: Error): void => void told.push((error as { code?: string })?.code);
    for (let each = 0; each < 3; each++) view.send('x'.repeat(400), tell);
    // a callback comes behind the call that was given it
    expect(told).toEqual([]);
    await once(view, 'close');
    expect(told).toEqual(Array.from({ length: 3 }, () => 'LWS_ERR_APP_OUTPUT'));
  });

  test('what no frame can carry is thrown where it is given, and ends nothing', async () => {
    const { client, view } = await pair();
    const heard: string[] = [];
    client.on('message', (data) => heard.push(String(data)));
    view.send('before');
    expect(() => view.ping(new Uint8Array(126))).toThrow(RangeError);
    expect(() => view.pong(new Uint8Array(126))).toThrow(RangeError);
    for (const data of [{}, true, () => undefined, new Date(), Symbol('data')])
      expect(() => view.send(data as never)).toThrow(TypeError);
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])
      expect(() => view.close(code)).toThrow(TypeError);
    view.send('after');
    view.close(1014);
    expect([(await once(client, 'close'))[0], heard]).toEqual([1014, ['before', 'after']]);
  });

  test.each([0, 1.5, 2 ** 30 + 1])('maxBufferedBytes %d is refused', async (maxBufferedBytes) => {
    const { view } = await pair();
    const make = () => new (view.constructor as typeof WsLike)({} as never, { maxBufferedBytes });
    expect(make).toThrow(expect.objectContaining({ code: 'LWS_ERR_OPTION' }));
  });
});

describe('what it hears', () => {
  test('messages as Buffers, with what they are', async () => {
    const { client, view } = await pair();
    client.send('text');
    const [text, isBinary] = await once(view, 'message');
    expect([Buffer.isBuffer(text), String(text), isBinary]).toEqual([true, 'text', false]);
    client.send(Uint8Array.of(1, 2));
    expect(await once(view, 'message')).toEqual([Buffer.from([1, 2]), true]);
    view.binaryType = 'arraybuffer';
    client.send(Uint8Array.of(3));
    const [buffer] = await once(view, 'message');
    expect(buffer).toBeInstanceOf(ArrayBuffer);
    view.binaryType = 'fragments';
    client.send(Uint8Array.of(4));
    expect((await once(view, 'message'))[0]).toEqual([Buffer.from([4])]);
  });

  test('events in the manner of browsers', async () => {
    const { client, view } = await pair();
    const events: unknown[] = [];
    const listener = (event: object): void => void events.push((event as { data: unknown }).data);
    view.addEventListener('message', listener);
    view.addEventListener('message', listener);
    view.onmessage = (event) => events.push(`on ${(event as { data: string }).data}`);
    client.send('one');
    await once(view, 'message');
    view.removeEventListener('message', listener);
    view.addEventListener('message', listener, { once: true });
    view.onmessage = null;
    client.send('two');
    await once(view, 'message');
    const object = { handleEvent: listener };
    view.addEventListener('message', object);
    client.send('three');
    await once(view, 'message');
    view.removeEventListener('message', object);
    client.send('four');
    await once(view, 'message');
    expect(events).toEqual(['one', 'on one', 'two', 'three']);
    const closed = new Promise((resolve) => {
      view.onclose = resolve;
    });
    client.close(4000, 'bye');
    expect(await closed).toMatchObject({
      type: 'close',
      code: 4000,
      reason: 'bye',
      wasClean: true,
    });
  });

  test('nothing while paused', async () => {
    const { client, view } = await pair();
    const heard: string[] = [];
    view.on('message', (data) => heard.push(String(data)));
    view.pause();
    expect(view.isPaused).toBe(true);
    client.send('waits');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
    const message = once(view, 'message');
    view.resume();
    await message;
    expect([heard, view.isPaused]).toEqual([['waits'], false]);
  });

  test('a reset as 1006', async () => {
    const { client, view } = await pair();
    client.terminate();
    const [code] = await once(view, 'close');
    expect([code, view.readyState]).toEqual([1006, view.CLOSED]);
  });
});

/** A client, and what a server of ws itself has for it. */
async function pairOfWs(): Promise<{ client: WebSocket; view: WsLike }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, 'listening');
  const connected = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[view]] = await Promise.all([connected, once(client, 'open')]);
  return { client, view: view as WsLike };
}

describe.each([
  ['ws', pairOfWs],
  ['the view', pair],
])('%s', (_name, make) => {
  test.each<[unknown[], number, string]>([
    [[], 1005, ''],
    [[undefined, 'not said without a code'], 1005, ''],
    [[1000], 1000, ''],
    [[4000, 'r'.repeat(123)], 4000, 'r'.repeat(123)],
    [[4000, 'ü'.repeat(61)], 4000, 'ü'.repeat(61)],
    [[4000, Buffer.from('bytes')], 4000, 'bytes'],
  ])('close(%j) says %i %j', async (given, code, reason) => {
    const { client, view } = await make();
    view.close(...(given as Parameters<WsLike['close']>));
    const [heard, why] = await once(client, 'close');
    expect([heard, String(why)]).toEqual([code, reason]);
  });

  test.each<[unknown[], ErrorConstructor]>([
    [[4000, 'r'.repeat(124)], RangeError],
    [[4000, 'ü'.repeat(62)], RangeError],
    [[4000, new Uint8Array(124)], RangeError],
    [[4000, ['reason']], TypeError],
    [['4000'], TypeError],
    [[null], TypeError],
  ])('close(%j) throws, and ends nothing', async (given, error) => {
    const { client, view } = await make();
    expect(() => view.close(...(given as Parameters<WsLike['close']>))).toThrow(error);
    expect(view.readyState).toBe(view.OPEN);
    view.close(4001);
    expect((await once(client, 'close'))[0]).toBe(4001);
  });

  test.each([[null], [undefined], [{ binary: undefined }]])(
    'send with options %j, and a callback behind them',
    async (options) => {
      const { client, view } = await make();
      const message = once(client, 'message');
      const error = await new Promise((resolve) => view.send('x', options as never, resolve));
      expect([error ?? undefined, String((await message)[0])]).toEqual([undefined, 'x']);
    },
  );

  test('binaryType takes its values alone, a Blob among them', async () => {
    const { client, view } = await make();
    view.binaryType = 'text' as never;
    expect(view.binaryType).toBe('nodebuffer');
    view.binaryType = 'blob';
    client.send(Uint8Array.of(1, 2));
    const [blob] = (await once(view, 'message')) as [Blob];
    expect(blob).toBeInstanceOf(Blob);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(Uint8Array.of(1, 2));
  });

  test('an attribute is a listener where it was set last, and no object', async () => {
    const { client, view } = await make();
    const heard: string[] = [];
    const first = (): void => void heard.push('first');
    view.onmessage = first;
    view.on('message', () => heard.push('listener'));
    expect([view.onmessage, view.listenerCount('message')]).toEqual([first, 2]);
    view.onmessage = () => heard.push('second');
    view.onerror = () => heard.push('error');
    view.onclose = { handleEvent: () => heard.push('close') } as never;
    client.send('x');
    await once(view, 'message');
    expect([heard, view.onclose]).toEqual([['listener', 'second'], null]);
    view.emit('error', new Error('told to the attribute'));
    expect(heard.at(-1)).toBe('error');
    view.onmessage = null;
    expect(view.listenerCount('message')).toBe(1);
  });

  test('a listener that was taken away with all others may come again', async () => {
    const { client, view } = await make();
    const heard: unknown[] = [];
    const listener = (event: object): void => void heard.push((event as { data: unknown }).data);
    view.addEventListener('message', listener, { once: true });
    view.removeAllListeners('message');
    view.addEventListener('message', listener);
    client.send('x');
    await once(view, 'message');
    view.removeEventListener('message', listener);
    expect([heard, view.listenerCount('message')]).toEqual([['x'], 0]);
  });

  test('what comes after the end is told that it was not sent', async () => {
    const { client, view } = await make();
    client.close(1000);
    await once(view, 'close');
    const told: string[] = [];
    const tell = (error?: Error): void => void told.push(String(error?.message));
    view.send('x', tell);
    view.ping('x', false, tell);
    view.pong('x', tell);
    expect(told).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    const message = 'WebSocket is not open: readyState 3 (CLOSED)';
    expect(told).toEqual([message, message, message]);
  });

  test('a stream of ws over it carries bytes both ways, and ends with it', async () => {
    const { client, view } = await make();
    const stream = createWebSocketStream(view as never);
    client.send('hello');
    expect(String((await once(stream, 'data'))[0])).toBe('hello');
    const heard = once(client, 'message');
    const closed = once(client, 'close');
    stream.end('bye');
    expect(String((await heard)[0])).toBe('bye');
    expect((await closed)[0]).toBe(1005);
    if (!stream.closed) await once(stream, 'close');
    expect(stream.errored).toBe(null);
  });
});

test.each<[string, (client: WebSocket & { readonly _socket: Socket }) => void]>([
  ['a close frame', (client) => client.close()],
  ['FIN alone', (client) => client._socket.end()],
  ['a reset', (client) => client._socket.resetAndDestroy()],
])('a stream that is ended behind %s of the peer closes', async (_name, end) => {
  const { client, view } = await pair();
  client.on('error', () => {});
  const stream = createWebSocketStream(view as never);
  stream.pipe(stream);
  const closed = once(stream, 'close', { signal: AbortSignal.timeout(2000) });
  end(client as never);
  await closed;
  expect(stream.errored).toBe(null);
});

test('a callback of send that throws closes its own connection', async () => {
  const { client, view } = await pair();
  view.send('x', () => {
    throw new Error('broken');
  });
  expect((await once(client, 'close'))[0]).toBe(1011);
});

test('callbacks behind one that throws are told all the same', async () => {
  const { client, view } = await pair();
  const told: unknown[] = [];
  view.send('one', () => {
    throw new Error('broken app');
  });
  for (let each = 0; each < 3; each++) view.send('more', (error) => told.push(error));
  expect((await once(client, 'close'))[0]).toBe(1011);
  expect(told).toEqual([undefined, undefined, undefined]);
});

test('a callback that throws of what was not sent ends nothing, and the end is told', async () => {
  const lines: string[] = [];
  const { client, view } = await pair();
  setLogLevel('err', (_level, line) => void lines.push(line));
  const boom = (): never => {
    throw new Error('broken');
  };
  client.pause();
  const piece = new Uint8Array(60_000);
  for (let at = 0; at < 15; at++) view.send(piece, boom);
  client.terminate();
  await once(view, 'close');
  view.send('late', boom);
  view.pong('', false, boom);
  await new Promise((resolve) => setImmediate(resolve));
  setLogLevel(undefined, () => {});
  expect(
    lines.filter((line) => line.includes('a callback of send() threw')).length,
  ).toBeGreaterThan(2);
});

test('a callback of pong that throws closes its own connection', async () => {
  const { client, view } = await pair();
  view.pong('', false, () => {
    throw new Error('broken');
  });
  expect((await once(client, 'close'))[0]).toBe(1011);
});

test('a view of what is over is closed', async () => {
  const wsis: Parameters<typeof toWs>[0][] = [];
  const served = protocol({
    name: 'any',
    ws: { ...wsEvents, established: (wsi) => void wsis.push(wsi as never) },
  });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ port: 0, interface: '127.0.0.1', protocols: [served.with({ default: true })] }],
  });
  contexts.push(context as Context);
  const client = new WebSocket(`ws://127.0.0.1:${context.vhosts[0]?.port}/`);
  await once(client, 'open');
  client.close(1000);
  await once(client, 'close');
  const view = toWs(wsis[0] as Parameters<typeof toWs>[0]);
  expect(view.readyState).toBe(view.CLOSED);
  const error = await new Promise((resolve) => view.send('late', resolve));
  expect(String(error)).toContain('not open');
});

test('the view of a wsi is one', async () => {
  const views: WsLike[] = [];
  const url = await serve('any', (socket) => void views.push(socket));
  const client = new WebSocket(url);
  await once(client, 'open');
  const { port } = new URL(url);
  expect([views.length, views[0]?.protocol, port.length > 0]).toEqual([1, 'any', true]);
  client.terminate();
});
