/**
 * Every way in which a connection on its way out can come to nothing: `connectionError` comes once, to the
 * protocol that the call bound, and never before `connect()` returned.
 */
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol, type Wsi } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ws } from '../src/index.ts';
import { answerTo, type Script, ScriptedServer } from './scripted-server.ts';

let contexts: Context[];
let servers: ScriptedServer[];
let lines: string[];

beforeEach(() => {
  contexts = [];
  servers = [];
  lines = [];
  setLogLevel(undefined, (_level, line) => void lines.push(line));
});
afterEach(async () => {
  for (const context of contexts) await context.close({ deadlineSecs: 0 });
  for (const server of servers) await server.close();
  setLogLevel(undefined, null);
});

async function scripted(script?: Script): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen(script);
  servers.push(server);
  return server;
}

interface Told {
  readonly events: string[];
  readonly errors: LwsError[];
  readonly wsis: unknown[];
}

const verdicts = { append: undefined as unknown, filter: true as unknown };

/** A context of two client protocols, and what they are told. */
async function client(clock?: VirtualClock): Promise<{ context: Context; told: Told }> {
  const told: Told = { events: [], errors: [], wsis: [] };
  const make = (name: string) =>
    protocol({
      name,
      ws: {
        established: () => void told.events.push(`${name} ws.established`),
        closed: () => void told.events.push(`${name} ws.closed`),
      },
      client: {
        appendHandshakeHeader: () => answer(verdicts.append) as undefined,
        filterPreEstablish: () => answer(verdicts.filter) as boolean,
        established: () => void told.events.push(`${name} established`),
        closed: () => void told.events.push(`${name} closed`),
        connectionError(wsi, error) {
          told.events.push(`${name} ${error.code}`);
          told.errors.push(error);
          told.wsis.push(wsi);
        },
      },
    });
  const context = await createContext({
    use: [http(), ws()],
    ...(clock === undefined ? {} : { clock }),
    vhosts: [{ name: 'out', port: -1, protocols: [make('first'), make('second')] }],
  });
  contexts.push(context as Context);
  return { context: context as Context, told };
}

function answer(verdict: unknown): unknown {
  if (verdict instanceof Error) throw verdict;
  return verdict;
}

async function until(done: () => boolean, what: () => string = () => ''): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error(`waited in vain: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const end =
  (head: string, fields = {}, status?: string): Script =>
  (given, socket) =>
    void socket.end(answerTo(given, fields, status) + head);

/** What a server does, and what the program is told. */
const byServer: readonly (readonly [string, Script, string])[] = [
  ['closes without a word', (_head, socket) => socket.end(), 'LWS_ERR_CONNECT_CLOSED'],
  [
    'closes inside its head',
    (_head, socket) => socket.end('HTTP/1.1 101 Sw'),
    'LWS_ERR_CONNECT_CLOSED',
  ],
  ['resets', (_head, socket) => socket.resetAndDestroy(), 'LWS_ERR_TRANSPORT_RESET'],
  [
    'speaks no HTTP',
    (_head, socket) => socket.end('SSH-2.0-x\r\n\r\n'),
    'LWS_ERR_HTTP_STATUS_LINE',
  ],
  [
    'speaks HTTP/2',
    (_head, socket) => socket.end('HTTP/2.0 101 x\r\n\r\n'),
    'LWS_ERR_HTTP_VERSION_UNSUPPORTED',
  ],
  [
    'ends lines with LF',
    (_head, socket) => socket.end('HTTP/1.1 101 x\n\n'),
    'LWS_ERR_HTTP_STATUS_LINE',
  ],
  ['answers 200', end('', {}, '200 OK'), 'LWS_ERR_WS_CLIENT_STATUS'],
  ['answers 401', end('', {}, '401 Unauthorized'), 'LWS_ERR_WS_CLIENT_STATUS'],
  ['answers 503', end('', {}, '503 x'), 'LWS_ERR_WS_CLIENT_STATUS'],
  ['leaves Upgrade out', end('', { Upgrade: undefined }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  ['upgrades to something else', end('', { Upgrade: 'h2c' }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  ['lists upgrades', end('', { Upgrade: 'websocket, h2c' }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  ['leaves Connection out', end('', { Connection: undefined }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  ['says close', end('', { Connection: 'close' }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  [
    'leaves the accept out',
    end('', { 'Sec-WebSocket-Accept': undefined }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  [
    'gets the accept wrong',
    end('', { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  ['accepts twice', end('', { 'sec-websocket-accept': 'x' }), 'LWS_ERR_WS_CLIENT_ANSWER'],
  [
    'chooses a subprotocol nobody asked for',
    end('', { 'Sec-WebSocket-Protocol': 'x' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  [
    'chooses two subprotocols',
    end('', { 'Sec-WebSocket-Protocol': 'second, first' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  [
    'chooses a subprotocol in another case',
    end('', { 'Sec-WebSocket-Protocol': 'SECOND' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  [
    'uses an extension nobody offered',
    end('', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  [
    'writes extensions that are no list',
    end('', { 'Sec-WebSocket-Extensions': ';' }),
    'LWS_ERR_WS_CLIENT_ANSWER',
  ],
  ['folds a field', end('', { Upgrade: 'websocket\r\n x' }), 'LWS_ERR_HTTP_FIELD_FOLDED'],
  ['has a field without a name', end('', { '': 'x' }), 'LWS_ERR_HTTP_FIELD_NAME'],
  [
    'has two lengths',
    end('', { 'Content-Length': '1\r\nContent-Length: 1' }),
    'LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE',
  ],
  ['has a head of 17 KiB', end('', { 'X-Long': 'x'.repeat(17_000) }), 'LWS_ERR_HTTP_HEAD_LIMIT'],
  [
    'has 101 fields',
    end('', Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1']))),
    'LWS_ERR_HTTP_FIELDS_LIMIT',
  ],
  [
    'never comes to an answer',
    (_head, socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)),
    'LWS_ERR_HTTP_INTERIM',
  ],
  ['redirects to nowhere', end('', {}, '302 Found'), 'LWS_ERR_HTTP_REDIRECT'],
  ['redirects to itself', end('', { Location: '/again' }, '302 Found'), 'LWS_ERR_HTTP_REDIRECT'],
  [
    'redirects to what is no URL',
    end('', { Location: 'http://[' }, '307 x'),
    'LWS_ERR_HTTP_REDIRECT',
  ],
  [
    'redirects to another kind of server',
    end('', { Location: 'ftp://127.0.0.1/' }, '301 x'),
    'LWS_ERR_HTTP_REDIRECT',
  ],
  [
    'redirects to a file',
    end('', { Location: 'ws+unix:/etc/x:/' }, '301 x'),
    'LWS_ERR_HTTP_REDIRECT',
  ],
  [
    'redirects to TLS, which is not there',
    (head, socket) =>
      socket.end(answerTo(head, { Location: `wss://127.0.0.1:${socket.localPort}/` }, '308 x')),
    'LWS_ERR_MODULE_MISSING',
  ],
  [
    'redirects to a port that nobody listens on',
    end('', { Location: 'http://127.0.0.1:1/' }, '303 x'),
    'LWS_ERR_CONNECT',
  ],
];

describe.each(byServer)('a server that %s', (_name, script, code) => {
  test(`${code}, once, after connect() returned, to the protocol asked for`, async () => {
    const { context, told } = await client();
    const server = await scripted(script);
    const wsi = context.connect({ url: server.url, protocols: ['second'] });
    expect([told.events, wsi.open]).toEqual([[], false]);
    await until(() => told.events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told.events).toEqual([`second ${code}`]);
    expect(told.wsis[0]).toBe(wsi);
    expect(context.vhosts[0]?.counters.refused.get(code as never)).toBe(1);
    expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('open() rejects with the same error, after it', async () => {
    const { context, told } = await client();
    const server = await scripted(script);
    const error: unknown = await context
      .open({ url: server.url })
      .catch((thrown: unknown) => thrown);
    expect(told.events).toEqual([`first ${code}`]);
    expect(error).toBe(told.errors[0]);
  });
});

test('the status of a refusal is in the error', async () => {
  const { context } = await client();
  const server = await scripted(end('', {}, '403 Forbidden'));
  await expect(context.open({ url: server.url })).rejects.toMatchObject({
    code: 'LWS_ERR_WS_CLIENT_STATUS',
    status: 403,
    message: expect.stringContaining('403 Forbidden') as string,
  });
});

describe('the network', () => {
  test.each([
    ['a port nobody listens on', { url: 'ws://127.0.0.1:1/' }, 'LWS_ERR_CONNECT'],
    [
      'a name that is none',
      { url: 'ws://nowhere.invalid/', lookup: noSuchName },
      'LWS_ERR_CONNECT_DNS',
    ],
    ['a socket that is not there', { url: 'ws+unix:/tmp/no-such-socket:/' }, 'LWS_ERR_CONNECT'],
    [
      'a proxy nobody listens at',
      { url: 'ws://127.0.0.1:2/', proxy: 'http://127.0.0.1:1' },
      'LWS_ERR_HTTP_PROXY',
    ],
    [
      'SOCKS nobody speaks at',
      { url: 'ws://127.0.0.1:2/', proxy: 'socks5://127.0.0.1:1' },
      'LWS_ERR_HTTP_PROXY',
    ],
  ])('%s', async (_name, options, code) => {
    const { context, told } = await client();
    const wsi = context.connect(options as never);
    expect(told.events).toEqual([]);
    await until(() => told.events.length > 0);
    expect([told.events, told.wsis[0] === wsi]).toEqual([[`first ${code}`], true]);
    expect(told.errors[0]?.cause).toBeInstanceOf(Error);
  });
});

function noSuchName(_name: string, _options: unknown, done: (error: Error) => void): void {
  setImmediate(() =>
    done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
  );
}

describe('5 seconds cover', () => {
  test.each<[string, (server: ScriptedServer) => Readonly<Record<string, unknown>>]>([
    ['the name', () => ({ url: 'ws://slow.invalid/', lookup: () => undefined })],
    ['the handshake', ({ url }) => ({ url })],
    ['a proxy', ({ port }) => ({ url: 'ws://a.invalid/', proxy: `http://127.0.0.1:${port}` })],
    ['SOCKS', ({ port }) => ({ url: 'ws://a.invalid/', proxy: `socks5://127.0.0.1:${port}` })],
  ])('%s', async (_name, options) => {
    const clock = new VirtualClock();
    const { context, told } = await client(clock);
    const server = await scripted();
    const wsi = context.connect(options(server) as never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(4990);
    expect(told.events).toEqual([]);
    await clock.advance(20);
    expect(told.events).toEqual(['first LWS_ERR_CONNECT_TIMEOUT']);
    expect(wsi.timeoutReason).toBe('connect');
  });

  test('or connectTimeoutSecs', async () => {
    const clock = new VirtualClock();
    const { context, told } = await client(clock);
    const { url } = await scripted();
    context.connect({ url, connectTimeoutSecs: 0.5 });
    await clock.advance(510);
    expect(told.events).toEqual(['first LWS_ERR_CONNECT_TIMEOUT']);
  });

  test('interim answers do not make it longer', async () => {
    const clock = new VirtualClock();
    const { context, told } = await client(clock);
    const server = await scripted((_head, socket) => socket.write('HTTP/1.1 102 x\r\n\r\n'));
    context.connect({ url: server.url });
    await until(() => server.heads.length > 0);
    await clock.advance(5010);
    expect(told.events).toEqual(['first LWS_ERR_CONNECT_TIMEOUT']);
  });
});

describe('the program', () => {
  const accept: Script = (head, socket) => void socket.write(answerTo(head));

  test.each<[string, Partial<typeof verdicts>, string]>([
    ['says no by appendHandshakeHeader', { append: -1 }, 'LWS_ERR_WS_CLIENT_REFUSED'],
    ['throws in appendHandshakeHeader', { append: new Error('x') }, 'LWS_ERR_HANDLER_THREW'],
    [
      'returns a promise from appendHandshakeHeader',
      { append: new Promise(() => undefined) },
      'LWS_ERR_HANDLER_THREW',
    ],
    ['says no by filterPreEstablish', { filter: false }, 'LWS_ERR_WS_CLIENT_REFUSED'],
    ['says -1 by filterPreEstablish', { filter: -1 }, 'LWS_ERR_WS_CLIENT_REFUSED'],
    ['throws in filterPreEstablish', { filter: new Error('x') }, 'LWS_ERR_HANDLER_THREW'],
  ])('%s', async (_name, set, code) => {
    const { context, told } = await client();
    const { url } = await scripted(accept);
    Object.assign(verdicts, set);
    try {
      context.connect({ url });
      await until(() => told.events.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(told.events).toEqual([`first ${code}`]);
    } finally {
      verdicts.append = undefined;
      verdicts.filter = true;
    }
  });

  /** How a program gives up, and when. */
  const givingUp: readonly [
    string,
    (wsi: Wsi<unknown, unknown>, abort: AbortController) => void,
  ][] = [
    ['abort()', (wsi) => wsi.abort()],
    ['close()', (wsi) => wsi.close()],
    ['its signal', (_wsi, controller) => controller.abort(new Error('enough'))],
  ];
  describe.each(givingUp)('gives up by %s', (name, giveUp) => {
    test.each<[string, (server: ScriptedServer) => Promise<void>]>([
      ['at once', async () => undefined],
      [
        'while the socket is on its way',
        async () => void (await new Promise((resolve) => setImmediate(resolve))),
      ],
      ['while the answer is awaited', (server) => until(() => server.heads.length > 0)],
    ])('%s', async (_when, reached) => {
      const { context, told } = await client();
      const server = await scripted();
      const controller = new AbortController();
      const wsi = context.connect({
        url: server.url,
        signal: controller.signal,
        retry: { tableMs: [1] },
      });
      await reached(server);
      giveUp(wsi, controller);
      expect(told.events).toEqual([]);
      await until(() => told.events.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(told.events).toEqual(['first LWS_ERR_CONNECT_ABORTED']);
      if (name === 'its signal') expect(told.errors[0]?.cause).toMatchObject({ message: 'enough' });
    });
  });

  test('had aborted its signal before', async () => {
    const { context, told } = await client();
    const { url } = await scripted();
    context.connect({ url, signal: AbortSignal.abort() });
    expect(told.events).toEqual([]);
    await until(() => told.events.length > 0);
    expect(told.events).toEqual(['first LWS_ERR_CONNECT_ABORTED']);
  });

  test('has one signal for twenty: they all hear it, and Node.js warns of nothing', async () => {
    const warnings: Error[] = [];
    const heard = (warning: Error): void => void warnings.push(warning);
    process.on('warning', heard);
    const { context, told } = await client();
    const server = await scripted();
    const abort = new AbortController();
    for (let each = 0; each < 20; each++)
      context.connect({ url: server.url, signal: abort.signal });
    abort.abort();
    await until(() => told.events.length === 20);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', heard);
    expect(new Set(told.events)).toEqual(new Set(['first LWS_ERR_CONNECT_ABORTED']));
    expect(warnings).toEqual([]);
  });

  test('aborts its signal after it was established: nothing happens', async () => {
    const { context, told } = await client();
    const { url } = await scripted(accept);
    const controller = new AbortController();
    const wsi = await context.open({ url, signal: controller.signal });
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([told.events, wsi.open]).toEqual([['first established'], true]);
  });

  test('closes its context meanwhile', async () => {
    const { context, told } = await client();
    const { url } = await scripted();
    const opening = context.open({ url }).catch((error: LwsError) => error.code);
    const report = await context.close({ deadlineSecs: 5 });
    expect([told.events, await opening]).toEqual([
      ['first LWS_ERR_CONNECT_ABORTED'],
      'LWS_ERR_CONNECT_ABORTED',
    ]);
    expect(report).toMatchObject({ closed: 1, cut: 0 });
  });

  test('gets established and closed once each when all is well, and nothing in its ws group', async () => {
    const { context, told } = await client();
    const { url } = await scripted((head, socket) => socket.end(answerTo(head)));
    await context.open({ url });
    await until(() => told.events.length > 1);
    expect(told.events).toEqual(['first established', 'first closed']);
  });
});

describe('wrong calls throw, before anything is opened', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['neither url nor address', {}, 'LWS_ERR_OPTION'],
    ['both', { url: 'ws://a/', address: 'a' }, 'LWS_ERR_OPTION'],
    ['no URL', { url: 'a b' }, 'LWS_ERR_OPTION'],
    ['a fragment', { url: 'ws://a/#x' }, 'LWS_ERR_OPTION'],
    ['a scheme of nobody', { url: 'gopher://a:1/' }, 'LWS_ERR_MODULE_MISSING'],
    ['TLS, which is not there', { url: 'wss://a/' }, 'LWS_ERR_MODULE_MISSING'],
    ['ssl, which is not there', { address: 'a', ssl: true }, 'LWS_ERR_MODULE_MISSING'],
    ['a method that is no request', { address: 'a', method: 'CONNECT' }, 'LWS_ERR_OPTION'],
    ['an unknown option', { url: 'ws://a/', timeout: 1 }, 'LWS_ERR_OPTION_UNKNOWN'],
    ['a vhost of nobody', { url: 'ws://a/', vhost: 'x' }, 'LWS_ERR_OPTION'],
    ['a protocol of nobody', { url: 'ws://a/', localProtocol: 'x' }, 'LWS_ERR_OPTION'],
    ['a subprotocol that is no token', { url: 'ws://a/', protocols: 'a b' }, 'LWS_ERR_OPTION'],
    ['a subprotocol twice', { url: 'ws://a/', protocols: ['a', 'a'] }, 'LWS_ERR_OPTION'],
    [
      'a field of the handshake',
      { url: 'ws://a/', headers: { 'Sec-WebSocket-Key': 'x' } },
      'LWS_ERR_OPTION',
    ],
    [
      'a field that cannot be sent',
      { url: 'ws://a/', headers: { a: 'x\r\ny: z' } },
      'LWS_ERR_OPTION',
    ],
    [
      'a field that is the connection’s',
      { url: 'ws://a/', headers: { Connection: 'close' } },
      'LWS_ERR_OPTION',
    ],
    ['a proxy of another kind', { url: 'ws://a/', proxy: 'https://b:1' }, 'LWS_ERR_OPTION'],
    ['a port out of range', { address: 'a', port: 65_536 }, 'LWS_ERR_OPTION'],
    ['a path without a slash', { address: 'a', path: 'x' }, 'LWS_ERR_OPTION'],
    ['a retry without a table', { url: 'ws://a/', retry: {} }, 'LWS_ERR_OPTION'],
    ['a signal that is none', { url: 'ws://a/', signal: {} }, 'LWS_ERR_OPTION'],
    ['a family that is none', { url: 'ws://a/', family: 5 }, 'LWS_ERR_OPTION'],
    ['a lookup that is none', { url: 'ws://a/', lookup: 1 }, 'LWS_ERR_OPTION'],
  ])('%s', async (_name, options, code) => {
    const { context, told } = await client();
    expect(() => context.connect(options as never)).toThrow(expect.objectContaining({ code }));
    await expect(context.open(options as never)).rejects.toMatchObject({ code });
    expect([told.events, context.counters.wsi_alive]).toEqual([[], 0]);
  });

  test('a vhost without a protocol', async () => {
    const context = await createContext({ use: [http(), ws()], vhosts: [{ port: -1 }] });
    contexts.push(context as Context);
    expect(() => context.connect({ url: 'ws://127.0.0.1:1/' })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_WS_CLIENT_PROTOCOL' }),
    );
  });

  test('a context that is closed', async () => {
    const { context } = await client();
    await context.close();
    expect(() => context.connect({ url: 'ws://127.0.0.1:1/' })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_CONTEXT_CLOSED' }),
    );
  });
});

describe('retry', () => {
  test('conceals as many failures as it says, waits as long as its table, and tells the last', async () => {
    const clock = new VirtualClock();
    const { context, told } = await client(clock);
    const server = await scripted((_head, socket) => socket.end());
    context.connect({
      url: server.url,
      retry: { tableMs: [100, 1000], jitterPercent: 0, concealCount: 3 },
    });
    const waits: number[] = [];
    for (const ms of [100, 1000, 1000]) {
      await until(() => server.heads.length === waits.length + 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      await clock.advance(ms - 30);
      expect(server.heads.length).toBe(waits.length + 1);
      await clock.advance(30);
      waits.push(ms);
    }
    await until(() => told.events.length > 0);
    expect([told.events, server.heads.length]).toEqual([['first LWS_ERR_CONNECT_CLOSED'], 4]);
  });

  test('is over when an attempt succeeds', async () => {
    const { context, told } = await client();
    let attempts = 0;
    const server = await scripted((head, socket) => {
      if (++attempts < 3) socket.resetAndDestroy();
      else socket.write(answerTo(head));
    });
    const wsi = await context.open({ url: server.url, retry: { tableMs: [1], concealCount: 5 } });
    expect([told.events, attempts, wsi.open]).toEqual([['first established'], 3, true]);
  });

  test('ends with the program’s own failure', async () => {
    const { context, told } = await client();
    const server = await scripted((head, socket) => void socket.write(answerTo(head)));
    verdicts.filter = new Error('x');
    context.connect({ url: server.url, retry: { tableMs: [1] } });
    await until(() => told.events.length > 0);
    verdicts.filter = true;
    expect([told.events, server.heads.length]).toEqual([['first LWS_ERR_HANDLER_THREW'], 1]);
  });
});
