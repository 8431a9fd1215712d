/** Servers written for `ws`, unmodified, on a vhost of ours, over loopback. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { headerTablesLent, http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VerifyClientCallbackAsync, WebSocket, WebSocketServer } from 'ws';
import { adapters, fromWs } from '../src/index.ts';

let lines: string[];
let contexts: Context[];

beforeEach(() => {
  lines = [];
  contexts = [];
  setLogLevel(undefined, (_level, line) => void lines.push(line));
});
afterEach(async () => {
  for (const context of contexts) await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

const own = protocol({
  name: 'own',
  ws: {
    established: (wsi) => wsi.requestWriteable(),
    writeable(_wsi, tx) {
      tx.text('ours');
    },
  },
});

/** A vhost with servers of `ws` at paths; gives the URL of its root. */
async function serve(
  at: Readonly<Record<string, WebSocketServer>>,
  options: { readonly allowedOrigins?: '*'; readonly accessLog?: (line: string) => void } = {},
): Promise<string> {
  const context = await createContext({
    use: [http(), ws(), adapters()],
    vhosts: [
      {
        port: 0,
        interface: '127.0.0.1',
        protocols: [own.with({ default: true })],
        apps: Object.entries(at).map(([mountpoint, server]) => ({
          mountpoint,
          app: fromWs(server),
        })),
        ...options,
      },
    ],
  });
  contexts.push(context as Context);
  return `ws://127.0.0.1:${context.vhosts[0]?.port}`;
}

async function open(url: string, protocols: string[] = [], headers = {}): Promise<WebSocket> {
  const client = new WebSocket(url, protocols, { headers });
  await once(client, 'open');
  return client;
}

async function heard(client: WebSocket): Promise<string> {
  const [data] = await once(client, 'message');
  return String(data);
}

/** What is answered to raw bytes, to the end of the connection. */
async function rawAnswer(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.write(bytes);
  await once(socket, 'end');
  socket.destroy();
  return answer;
}

const handshake = (fields: string): string =>
  `GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${fields}\r\n`;

/** A chat as the documentation of `ws` has it: what one says all hear. */
function chat(): WebSocketServer {
  const server = new WebSocketServer({ noServer: true });
  server.on('connection', (socket, request) => {
    socket.send(`welcome ${request.url} ${String(request.headers['x-name'] ?? 'nobody')}`);
    socket.on('message', (data, isBinary) => {
      for (const client of server.clients)
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    });
  });
  return server;
}

describe('a chat written for ws', () => {
  test.each([
    ['/chat/a%3Fb?c', '/chat/a%3Fb?c'],
    ['/chat/a%23b', '/chat/a%23b'],
    ['/chat/a%25b', '/chat/a%25b'],
    ['/chat/%61?x=%zz', '/chat/%61?x=%zz'],
    ['/chat/a%2Bb+c%26%3D%3B%2C%40%3A%24', '/chat/a%2Bb+c%26%3D%3B%2C%40%3A%24'],
    ['/chat/%e2%82%ac?', '/chat/%e2%82%ac?'],
    ['http://other/chat/%2B?a', '/chat/%2B?a'],
    // cleaned, these are of another area than they say
    ['/own/../chat/a%3Fb?c', '/chat/a%3Fb?c'],
    ['//chat/./a?c', '/chat/a?c'],
    ['/own/%2e%2E/chat', '/chat'],
  ])('what is asked for as %s is %s to it', async (asked, shown) => {
    const url = await serve({ '/chat': chat() });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    socket.write(handshake(key).replace('/chat', asked).replace('Host: a', 'Host: other'));
    let answer = '';
    while (!answer.endsWith('nobody')) answer += String((await once(socket, 'data'))[0]);
    socket.destroy();
    expect(answer.slice(answer.indexOf('welcome'))).toBe(`welcome ${shown} nobody`);
  });

  test('works unmodified: greeting, broadcast, binary, subprotocol, close', async () => {
    const url = await serve({ '/chat': chat() });
    const one = new WebSocket(`${url}/chat/room%20a?x=1`, [], { headers: { 'x-name': 'one' } });
    expect(await heard(one)).toBe('welcome /chat/room%20a?x=1 one');
    const two = new WebSocket(`${url}/chat`, ['v1', 'v2']);
    expect(await heard(two)).toBe('welcome /chat nobody');
    expect(two.protocol).toBe('v1');
    one.send('hello all');
    expect(await Promise.all([heard(one), heard(two)])).toEqual(['hello all', 'hello all']);
    two.send(Buffer.alloc(300_000, 7));
    const [data, binary] = await once(one, 'message');
    expect([(data as Buffer).equals(Buffer.alloc(300_000, 7)), binary]).toEqual([true, true]);
    one.close(4000, 'bye');
    const [code, reason] = await once(one, 'close');
    expect([code, String(reason)]).toEqual([4000, 'bye']);
    two.terminate();
  });

  test('data in the same segment as the handshake comes after the connection event', async () => {
    const url = await serve({ '/chat': chat() });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    const head = handshake(
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
    );
    socket.write(Buffer.concat([Buffer.from(head, 'latin1'), frame]));
    let answer = '';
    while (!answer.endsWith('hi')) answer += String((await once(socket, 'data'))[0]);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    socket.destroy();
  });

  test('stands beside our own protocols and another server, each at its path', async () => {
    const other = new WebSocketServer({ noServer: true });
    other.on('connection', (socket) => socket.send('other'));
    const url = await serve({ '/chat': chat(), '/chat/other': other });
    expect(await heard(new WebSocket(`${url}/chat/other/x`))).toBe('other');
    expect(await heard(new WebSocket(`${url}/chat/others`))).toBe('welcome /chat/others nobody');
    expect(await heard(new WebSocket(`${url}/chatter`))).toBe('ours');
    expect(contexts[0]?.counters.ws_upg).toBe(3);
  });
});

describe('the checks stand before it', () => {
  test.each([
    [
      'a wrong version',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n',
      426,
      'LWS_ERR_WS_HANDSHAKE_VERSION',
    ],
    [
      'a wrong key',
      'Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n',
      400,
      'LWS_ERR_WS_HANDSHAKE_KEY',
    ],
    [
      'another origin',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n',
      403,
      'LWS_ERR_WS_HANDSHAKE_ORIGIN',
    ],
    [
      'a subprotocol twice',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, a\r\n',
      400,
      'LWS_ERR_WS_HANDSHAKE_PROTOCOLS',
    ],
  ])(
    '%s: refused, logged, counted; the server hears nothing',
    async (_name, fields, status, code) => {
      const server = chat();
      let connections = 0;
      server.on('connection', () => connections++);
      const url = await serve({ '/chat': server });
      const answer = await rawAnswer(url, handshake(fields));
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(contexts[0]?.counters.refused.get(code as 'LWS_ERR_OPTION')).toBe(1);
      expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
      expect(connections).toBe(0);
    },
  );

  test.each([{}, undefined, null, () => undefined])('%o is refused at once', (server) => {
    expect(() => fromWs(server as never)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test('a request that is no handshake is answered 426', async () => {
    const url = await serve({ '/chat': chat() });
    const answer = await rawAnswer(url, 'GET /chat HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 426 .*\r\n(.*\r\n)*upgrade: websocket\r\n/);
  });

  test('verifyClient of the server still decides', async () => {
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: (_info, done) => void setTimeout(() => done(false, 401), 10),
    });
    const url = await serve({ '/chat': server });
    const client = new WebSocket(`${url}/chat`);
    const [error] = await once(client, 'error');
    expect(String(error)).toContain('401');
  });

  test('a verifyClient that throws is answered 500, and costs nobody else', async () => {
    const logged: string[] = [];
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: () => {
        throw new Error('no such user');
      },
    });
    const url = await serve({ '/chat': server }, { accessLog: (line) => void logged.push(line) });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      handshake('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'),
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n(.*\r\n)*\r\n$/);
    expect(logged).toEqual([expect.stringContaining('"GET /chat HTTP/1.1" 500 ')]);
    expect(lines.filter((line) => line.includes('no such user'))).toHaveLength(1);
    expect(headerTablesLent(contexts[0]?.vhosts[0] as Vhost)).toBe(0);
  });
});

const later: VerifyClientCallbackAsync = (_info, done) => void setTimeout(() => done(true), 5);

type Decide = (taken: boolean, status?: number) => void;

describe('the line of the access log', () => {
  test.each([
    ['of the server that takes it', (done: Decide): void => done(true), 101],
    ['of the server that refuses it', (done: Decide): void => done(false, 403), 403],
    ['of a peer that left before there was an answer', undefined, 499],
  ])('has the status %s', async (_of, decide, status) => {
    const logged: string[] = [];
    let asked = false;
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: (_info, done) => {
        asked = true;
        // the line waits for the answer
        setTimeout(() => {
          expect(logged).toEqual([]);
          decide?.(done);
        }, 10);
      },
    });
    const url = await serve({ '/chat': server }, { accessLog: (line) => void logged.push(line) });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      handshake('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'),
    );
    await expect.poll(() => asked, { timeout: 5000 }).toBe(true);
    if (decide === undefined) socket.resetAndDestroy();
    await expect.poll(() => logged.length, { timeout: 5000 }).toBe(1);
    expect(logged[0]).toContain(`"GET /chat HTTP/1.1" ${status} `);
    expect(headerTablesLent(contexts[0]?.vhosts[0] as Vhost)).toBe(0);
    socket.destroy();
  });
});

describe('ends', () => {
  test('a reset while the server thinks it over ends that connection and nothing else', async () => {
    const asked: (() => void)[] = [];
    const server = new WebSocketServer({
      noServer: true,
      verifyClient: (_info, done) => void asked.push(() => done(true)),
    });
    let connections = 0;
    server.on('connection', () => connections++);
    const url = await serve({ '/chat': server });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      handshake('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'),
    );
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.resetAndDestroy();
    while (contexts[0]?.counters.wsi_alive !== 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    asked[0]?.();
    expect(connections).toBe(0);
    const next = new WebSocket(`${url}/chat`);
    while (asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    asked[1]?.();
    await once(next, 'open');
    next.terminate();
  });

  test('what was sent before the context closes arrives, with 1001 behind it', async () => {
    const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    let closing: Promise<unknown> | undefined;
    server.on('connection', (socket) => {
      // more than leaves in one turn
      for (let at = 0; at < 200; at++) socket.send(Buffer.alloc(2000, at));
      closing = contexts[0]?.close({ deadlineSecs: 5 });
    });
    const url = await serve({ '/chat': server });
    const client = new WebSocket(`${url}/chat`);
    let came = 0;
    client.on('message', () => came++);
    const [code] = await once(client, 'close');
    expect([code, came]).toEqual([1001, 200]);
    expect(await closing).toMatchObject({ closed: 1, cut: 0 });
  });

  test('a listener that throws closes its own connection with 1011', async () => {
    const server = new WebSocketServer({ noServer: true });
    server.on('connection', () => {
      throw new Error('broken app');
    });
    const url = await serve({ '/chat': server });
    const client = await open(`${url}/chat`);
    const [code] = await once(client, 'close');
    expect(code).toBe(1011);
    expect(lines.join('\n')).toContain('broken app');
  });

  const bad = Buffer.from([0xff, 0xff, 0, 0]);
  test.each<[string, object, string, (client: WebSocket) => void, number]>([
    ['message', {}, 'message', (client) => client.send('a'), 1011],
    [
      'message that zlib gave, outside the turn,',
      { perMessageDeflate: { threshold: 0 } },
      'message',
      (client) => client.send('a'),
      1011,
    ],
    ['ping', {}, 'ping', (client) => client.ping(), 1011],
    ['close', {}, 'close', (client) => client.close(4000), 4000],
    [
      'error, or there is none for it,',
      {},
      'none',
      (client) => {
        client.on('error', () => {});
        (client as unknown as { _socket: Socket })._socket.write(bad);
      },
      1002,
    ],
    ['connection, later,', { verifyClient: later }, 'connection', () => {}, 1011],
  ])('a listener of %s that throws ends its own connection alone', async (...row) => {
    const [, options, event, cause, expected] = row;
    const server = new WebSocketServer({ noServer: true, ...options });
    const closed: number[] = [];
    const boom = (): never => {
      throw new Error('broken app');
    };
    server.on('connection', (socket) => {
      socket.on('close', (code) => closed.push(code));
      socket.on(event as 'message', boom);
    });
    if (event === 'connection') server.on(event, boom);
    const url = await serve({ '/chat': server });
    const client = await open(`${url}/chat`);
    const ended = once(client, 'close');
    cause(client);
    expect((await ended)[0]).toBe(expected);
    await expect.poll(() => closed.length).toBe(1);
    expect(server.clients.size).toBe(0);
    expect(lines.join('\n')).toMatch(/LWS_ERR_HANDLER_THREW.*(broken app|Invalid WebSocket frame)/);
    expect(contexts[0]?.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
  });

  test.each<[string, object, 'message' | 'close', (on: WebSocket, done: () => never) => void]>([
    ['send', {}, 'message', (socket, done) => socket.send('a', done)],
    [
      'send, with options, that zlib calls',
      { perMessageDeflate: { threshold: 0 } },
      'message',
      (socket, done) => socket.send('a', { binary: false }, done),
    ],
    ['ping', {}, 'message', (socket, done) => socket.ping('', false, done)],
    ['pong', {}, 'message', (socket, done) => socket.pong(done)],
    ['send behind the end', {}, 'close', (socket, done) => socket.send('a', done)],
  ])('a callback of %s that throws ends its own connection alone', async (...row) => {
    const [, options, event, call] = row;
    const server = new WebSocketServer({ noServer: true, ...options });
    server.on('connection', (socket) =>
      socket.once(event, () =>
        call(socket, () => {
          throw new Error('broken app');
        }),
      ),
    );
    const url = await serve({ '/chat': server });
    const client = await open(`${url}/chat`);
    const ended = once(client, 'close');
    if (event === 'close') client.close(4000);
    else client.send('a');
    expect((await ended)[0]).toBe(event === 'close' ? 4000 : 1011);
    await expect.poll(() => lines.join('\n')).toMatch(/LWS_ERR_HANDLER_THREW.*broken app/);
    expect(contexts[0]?.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
    await expect.poll(() => server.clients.size).toBe(0);
  });

  test('a shutdown closes with 1001, and does not wait for those who do not answer', async () => {
    const url = await serve({ '/chat': chat() });
    const [context] = contexts;
    const clients = await Promise.all([open(`${url}/chat`), open(`${url}/chat`)]);
    const [polite, mute] = clients as [WebSocket, WebSocket];
    mute.pause();
    const closed = once(polite, 'close');
    const report = await context?.close({ deadlineSecs: 0.3 });
    expect((await closed)[0]).toBe(1001);
    expect(report).toMatchObject({ closed: 1, cut: 1 });
    mute.terminate();
  });

  test('the server ending a connection, politely or not, ends it here', async () => {
    const server = new WebSocketServer({ noServer: true });
    server.on('connection', (socket, { url }) => {
      if (url === '/chat/cut') socket.terminate();
      else socket.close(4001, 'enough');
    });
    const root = await serve({ '/chat': server });
    const polite = new WebSocket(`${root}/chat`);
    const [code, reason] = await once(polite, 'close');
    expect([code, String(reason)]).toEqual([4001, 'enough']);
    const cut = new WebSocket(`${root}/chat/cut`);
    cut.on('error', () => {});
    const cutCode = await new Promise((resolve) => cut.on('close', resolve));
    expect(cutCode).toBe(1006);
    while (contexts[0]?.counters.wsi_alive !== 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('what was written before terminate() leaves, as it does from a socket', async () => {
    const server = new WebSocketServer({ noServer: true });
    server.on('connection', (socket) => {
      socket.send('last words');
      socket.terminate();
    });
    const root = await serve({ '/chat': server });
    const client = new WebSocket(`${root}/chat`);
    const heard: string[] = [];
    client.on('open', () => heard.push('open'));
    client.on('message', (data) => heard.push(String(data)));
    client.on('error', () => heard.push('error'));
    const code = await new Promise((resolve) => client.on('close', resolve));
    expect([...heard, code]).toEqual(['open', 'last words', 1006]);
  });

  test('a peer that does not read holds the writer up, and is not forgotten', async () => {
    const server = new WebSocketServer({ noServer: true });
    let sent = 0;
    let done = 0;
    server.on('connection', (socket) => {
      const more = (): void => {
        if (sent === 400) return;
        sent++;
        socket.send(Buffer.alloc(64 * 1024), () => {
          done++;
          more();
        });
      };
      more();
    });
    const url = await serve({ '/chat': server });
    const client = await open(`${url}/chat`);
    let bytes = 0;
    client.on('message', (data) => {
      bytes += (data as Buffer).length;
    });
    client.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(done).toBeLessThan(400);
    client.resume();
    while (bytes < 400 * 64 * 1024) await once(client, 'message');
    expect(done).toBe(400);
    client.terminate();
  });
});

describe('options', () => {
  test.each([
    ['no list', 1],
    ['no app', [{ mountpoint: '/a' }]],
    ['no mountpoint', [{ app: fromWs(chat()) }]],
    ['an app that is none', [{ mountpoint: '/a', app: {} }]],
    ['a mountpoint with a slash at its end', [{ mountpoint: '/a/', app: fromWs(chat()) }]],
    [
      'a mountpoint twice',
      [
        { mountpoint: '/a', app: fromWs(chat()) },
        { mountpoint: '/a', app: fromWs(chat()) },
      ],
    ],
    ['an unknown member', [{ mountpoint: '/a', app: fromWs(chat()), origin: 'x' }]],
  ])('apps with %s are refused', async (_name, apps) => {
    const made = createContext({
      use: [http(), ws(), adapters()],
      vhosts: [{ port: -1, apps: apps as never }],
    });
    await expect(made).rejects.toMatchObject({ code: /LWS_ERR_OPTION/ });
  });

  test('the module needs ws()', async () => {
    const made = createContext({ use: [http(), adapters()], vhosts: [] });
    await expect(made).rejects.toMatchObject({ code: 'LWS_ERR_MODULE_MISSING' });
  });
});
