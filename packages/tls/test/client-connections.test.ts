/** wss: where TLS stands between a client and its server, and each way in which it can fail there. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol, type Wsi } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { ws } from '@lws-ts/ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerTo, fieldOf, ScriptedServer } from '../../ws/test/scripted-server.ts';
import { tls } from '../src/index.ts';
import { type SelfSigned, selfSigned } from './self-signed.ts';

let certificate: SelfSigned;
let closers: (() => unknown)[];
let events: string[];
let errors: LwsError[];
/** Heads of requests that came over TLS. */
let heads: string[];
let tlsPort: number;
let closeTls: () => void;
/** What the server does with a head. */
let answer: (head: string, socket: TLSSocket) => void;

beforeAll(async () => {
  certificate = selfSigned(['127.0.0.1', 'inside.example']);
  const open = new Set<TLSSocket>();
  const server = createTlsServer({ ...certificate }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.once('data', (bytes) => {
      const head = bytes.toString('latin1');
      heads.push(head);
      answer(head, socket);
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tlsPort = (server.address() as AddressInfo).port;
  closeTls = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
});
afterAll(() => closeTls());
beforeEach(() => {
  closers = [];
  events = [];
  errors = [];
  heads = [];
  answer = (head, socket) => void socket.write(`${answerTo(head)}\x81\x02hi`, 'latin1');
  setLogLevel(undefined, () => {});
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  setLogLevel(undefined, null);
});

async function client(clock?: VirtualClock): Promise<Context> {
  const out = protocol({
    name: 'out',
    client: {
      established: () => void events.push('established'),
      message: (_wsi, data) => void events.push(String(data)),
      closed: () => void events.push('closed'),
      connectionError(_wsi, error) {
        events.push(error.code);
        errors.push(error);
      },
    },
  });
  const context = await createContext({
    use: [http(), ws(), tls()],
    ...(clock === undefined ? {} : { clock }),
    vhosts: [{ port: -1, protocols: [out], clientSslCaMem: certificate.cert }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context as unknown as Context;
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error(`waited in vain: ${events.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A server of plain TCP. */
async function plainServer(handle: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const url = (): string => `wss://127.0.0.1:${tlsPort}/p`;

describe('all is well', () => {
  test('the handshake and frames go over TLS', async () => {
    const context = await client();
    const wsi = await context.open({ url: url() });
    await until(() => events.length === 2);
    expect([events, wsi.open, fieldOf(heads[0] ?? '', 'host')]).toEqual([
      ['established', 'hi'],
      true,
      `127.0.0.1:${tlsPort}`,
    ]);
  });

  test('so they do by address, port and ssl', async () => {
    const context = await client();
    await context.open({ address: '127.0.0.1', port: tlsPort, ssl: true });
    expect(heads).toHaveLength(1);
  });

  test('a server that ends is heard', async () => {
    const context = await client();
    answer = (head, socket) => void socket.end(answerTo(head));
    await context.open({ url: url() });
    await until(() => events.length === 2);
    expect(events).toEqual(['established', 'closed']);
  });

  test.each(['connect', 'socks5'])('through a proxy of kind %s, to the name', async (kind) => {
    const asked: string[] = [];
    const proxy = await plainServer((socket) => {
      const shake = async (): Promise<void> => {
        if (kind === 'socks5') {
          await once(socket, 'data');
          socket.write(Uint8Array.of(5, 0));
        }
        const [request] = (await once(socket, 'data')) as [Buffer];
        asked.push(request.toString('latin1'));
        const upstream = connect(tlsPort, '127.0.0.1');
        upstream.on('error', () => undefined);
        closers.push(() => upstream.destroy());
        socket.write(
          kind === 'socks5'
            ? Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0)
            : 'HTTP/1.1 200 OK\r\n\r\n',
        );
        socket.pipe(upstream).pipe(socket);
      };
      void shake();
    });
    const context = await client();
    await context.open({
      url: `wss://inside.example:${tlsPort}/`,
      proxy: `${kind === 'connect' ? 'http' : kind}://127.0.0.1:${proxy}`,
    });
    await until(() => events.length === 2);
    expect(asked[0]).toContain('inside.example');
    expect(events).toEqual(['established', 'hi']);
  });

  test('a redirect from none to TLS is followed', async () => {
    const context = await client();
    const plain = await ScriptedServer.listen((head, socket) =>
      socket.end(answerTo(head, { Location: url() }, '307 x')),
    );
    closers.push(() => plain.close());
    await context.open({ url: plain.url });
    expect(heads).toHaveLength(1);
  });

  test('an attempt that failed is followed by one that does not', async () => {
    const context = await client();
    let attempts = 0;
    answer = (head, socket) => {
      if (++attempts < 3) socket.destroy();
      else socket.write(answerTo(head));
    };
    await context.open({ url: url(), retry: { tableMs: [1], concealCount: 3 } });
    expect([attempts, events]).toEqual([3, ['established']]);
  });
});

describe('failures', () => {
  test.each(['ws:', 'http:'])('a redirect from TLS to %s is never followed', async (scheme) => {
    const context = await client();
    answer = (head, socket) =>
      void socket.end(answerTo(head, { Location: `${scheme}//127.0.0.1:${tlsPort}/` }, '302 x'));
    context.connect({ url: url() });
    await until(() => events.length > 0);
    expect([events, heads.length]).toEqual([['LWS_ERR_HTTP_REDIRECT'], 1]);
    expect(errors[0]?.message).toContain('from TLS');
  });

  test('a certificate for another name', async () => {
    const context = await client();
    context.connect({
      url: `wss://other.example:${tlsPort}/`,
      lookup: ((_name: string, options: { all?: boolean }, done: (...all: unknown[]) => void) =>
        options.all === true
          ? done(null, [{ address: '127.0.0.1', family: 4 }])
          : done(null, '127.0.0.1', 4)) as never,
    });
    await until(() => events.length > 0);
    expect(events).toEqual(['LWS_ERR_TLS_SERVER_CERTIFICATE']);
    expect(errors[0]?.message).toContain('other.example');
    expect(heads).toEqual([]);
  });

  test.each<[string, (socket: Socket) => void, string]>([
    [
      'speaks no TLS',
      (socket) => void socket.write('HTTP/1.1 400 x\r\n\r\n'),
      'LWS_ERR_TLS_HANDSHAKE',
    ],
    [
      'resets in the middle of the handshake',
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      'LWS_ERR_TLS_HANDSHAKE',
    ],
    [
      'closes in the middle of the handshake',
      (socket) => void socket.once('data', () => socket.end()),
      'LWS_ERR_TLS_HANDSHAKE',
    ],
  ])('a server that %s', async (_name, handle, code) => {
    const context = await client();
    const port = await plainServer(handle);
    const opening = context
      .open({ url: `wss://127.0.0.1:${port}/` })
      .catch((error: unknown) => error);
    await until(() => events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(events).toEqual([code]);
    expect(await opening).toBe(errors[0]);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('a server that resets when it was asked', async () => {
    const context = await client();
    answer = (_head, socket) => void socket.destroy();
    context.connect({ url: url() });
    await until(() => events.length > 0);
    expect(events).toHaveLength(1);
    expect(['LWS_ERR_CONNECT_CLOSED', 'LWS_ERR_TRANSPORT_RESET']).toContain(events[0]);
  });

  test('5 seconds cover TLS too, and the socket is let go', async () => {
    const clock = new VirtualClock();
    const context = await client(clock);
    let closed = 0;
    let opened = 0;
    const port = await plainServer((socket) => {
      opened++;
      socket.resume();
      socket.on('close', () => closed++);
    });
    const wsi = context.connect({ url: `wss://127.0.0.1:${port}/` });
    await until(() => opened === 1);
    await clock.advance(4990);
    expect(events).toEqual([]);
    await clock.advance(20);
    expect([events, wsi.timeoutReason]).toEqual([['LWS_ERR_CONNECT_TIMEOUT'], 'connect']);
    await until(() => closed === 1);
  });

  /** How a program gives up while TLS is on its way. */
  test.each<[string, (wsi: Wsi<unknown, unknown>, abort: AbortController, of: Context) => void]>([
    ['abort()', (wsi) => wsi.abort()],
    ['close()', (wsi) => wsi.close()],
    ['its signal', (_wsi, controller) => controller.abort()],
    ['context.close()', (_wsi, _controller, context) => void context.close()],
    [
      'context.close() at once',
      (_wsi, _controller, context) => void context.close({ deadlineSecs: 0 }),
    ],
  ])('%s in the middle of the handshake', async (_name, giveUp) => {
    const context = await client();
    let closed = 0;
    let hello = 0;
    const port = await plainServer((socket) => {
      socket.on('data', () => hello++);
      socket.on('close', () => closed++);
    });
    const controller = new AbortController();
    const wsi = context.connect({
      url: `wss://127.0.0.1:${port}/`,
      signal: controller.signal,
      retry: { tableMs: [1] },
    });
    await until(() => hello > 0);
    giveUp(wsi, controller, context);
    await until(() => events.length > 0 && closed === 1);
    expect(events).toEqual(['LWS_ERR_CONNECT_ABORTED']);
    expect(context.counters.wsi_alive).toBe(0);
  });
});

test('without a module for TLS, the error names the package', async () => {
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ port: -1, protocols: [protocol({ name: 'out', client: {} })] }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  expect(() => context.connect({ url: 'wss://127.0.0.1:1/' })).toThrow(
    expect.objectContaining({
      code: 'LWS_ERR_MODULE_MISSING',
      message: expect.stringContaining('@lws-ts/tls') as string,
    }),
  );
});
