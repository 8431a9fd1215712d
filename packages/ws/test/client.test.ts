/** What the client asks for, and the ways it takes: each option of `connect()` seen by the server. */
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol, type WsWsi } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { permessageDeflate, ws } from '../src/index.ts';
import { answerTo, fieldOf, type Script, ScriptedServer } from './scripted-server.ts';

let closers: (() => unknown)[];

beforeEach(() => {
  closers = [];
  setLogLevel(undefined, () => {});
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  setLogLevel(undefined, null);
});

const accept: Script = (head, socket) => void socket.write(answerTo(head));

async function scripted(script: Script = accept): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen(script);
  closers.push(() => server.close());
  return server;
}

interface Seen {
  readonly heard: (string | Uint8Array)[];
  readonly at: string[];
  readonly headers: Map<string, string>;
}

/** A context whose client protocols say what they see. */
async function client(kaTime = 0): Promise<{ context: Context; seen: Seen }> {
  const seen: Seen = { heard: [], at: [], headers: new Map() };
  const make = (name: string) =>
    protocol({
      name,
      session: () => ({ of: name }),
      client: {
        appendHandshakeHeader(_wsi, add) {
          add('X-Added', name);
        },
        established(wsi) {
          seen.at.push(`${name} ${wsi.session.of} ${wsi.protocol} ${wsi.path} ${wsi.query}`);
          wsi.eachHeader((field, value) => seen.headers.set(field, value));
          wsi.requestWriteable();
        },
        writeable(_wsi, tx) {
          tx.text(`hello from ${name}`);
        },
        message: (_wsi, data) => void seen.heard.push(data),
      },
    });
  const context = await createContext({
    use: [http(), ws()],
    kaTime,
    vhosts: [
      { name: 'one', port: -1, protocols: [make('first'), make('second')] },
      { name: 'two', port: -1, protocols: [make('third')] },
    ],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return { context: context as Context, seen };
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the request', () => {
  test('is what RFC 6455 §4.1 asks for, and a new key each time', async () => {
    const { context } = await client();
    const server = await scripted();
    await context.open({ url: `${server.url}path/%C3%BC?a=1` });
    await context.open({ url: server.url });
    const [head = '', second = ''] = server.heads;
    expect(head.split('\r\n')).toEqual([
      'GET /path/%C3%BC?a=1 HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'pragma: no-cache',
      'cache-control: no-cache',
      'upgrade: websocket',
      'connection: Upgrade',
      expect.stringMatching(/^sec-websocket-key: [A-Za-z0-9+/]{22}==$/),
      'sec-websocket-version: 13',
      'x-added: first',
      '',
      '',
    ]);
    expect(fieldOf(second, 'sec-websocket-key')).not.toBe(fieldOf(head, 'sec-websocket-key'));
  });

  test.each([
    [
      'headers',
      { headers: { Authorization: 'Bearer x', 'x-a': 'b' } },
      ['authorization: Bearer x', 'x-a: b'],
    ],
    ['host', { host: 'other.example' }, ['host: other.example']],
    ['origin', { origin: 'https://o.example' }, ['origin: https://o.example']],
    ['protocols', { protocols: ['a', 'b'] }, ['sec-websocket-protocol: a, b']],
    ['one protocol', { protocols: 'a' }, ['sec-websocket-protocol: a']],
    [
      'extensions in place of those of the vhost',
      { extensions: [permessageDeflate()] },
      [
        'sec-websocket-extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
      ],
    ],
  ])('%s', async (_name, options, lines) => {
    const { context } = await client();
    const server = await scripted();
    await context.open({ url: server.url, ...options });
    for (const line of lines) expect(server.heads[0]).toContain(`\r\n${line}\r\n`);
  });

  test('credentials of the URL are Basic, unless a field says otherwise', async () => {
    const { context } = await client();
    const server = await scripted();
    const url = server.url.replace('//', '//us%C3%A9r:p%3Aw@');
    await context.open({ url });
    await context.open({ url, headers: { authorization: 'Bearer x' } });
    expect(server.heads.map((head) => fieldOf(head, 'authorization'))).toEqual([
      `Basic ${Buffer.from('usér:p:w').toString('base64')}`,
      'Bearer x',
    ]);
  });
});

describe('what is bound', () => {
  test.each([
    ['the vhost’s first, when the call names none', {}, undefined, 'first first first'],
    [
      'the first asked for that the vhost has',
      { protocols: ['x', 'second'] },
      undefined,
      'second second second',
    ],
    [
      'the one that the server chose, with a session of its own',
      { protocols: ['first', 'second'] },
      'second',
      'second second second',
    ],
    [
      'that of localProtocol, whatever the server chose',
      { protocols: ['x', 'first'], localProtocol: 'second' },
      'first',
      'second second second',
    ],
    ['one of another vhost', { vhost: 'two' }, undefined, 'third third third'],
  ])('%s', async (_name, options, chosen, expected) => {
    const { context, seen } = await client();
    const server = await scripted((head, socket) =>
      socket.write(answerTo(head, { 'Sec-WebSocket-Protocol': chosen })),
    );
    const wsi = await context.open({ url: `${server.url}p%20q?r`, ...options });
    expect(seen.at).toEqual([`${expected} /p q r`]);
    expect(wsi.protocol).toBe(expected.split(' ')[0]);
    expect(seen.headers.get('upgrade')).toBe('websocket');
  });
});

describe('frames', () => {
  test('behind the answer, in the same segment, come after established', async () => {
    const { context, seen } = await client();
    const server = await scripted((head, socket) =>
      socket.write(
        Buffer.concat([Buffer.from(answerTo(head)), Buffer.from([0x81, 2, 0x68, 0x69])]),
      ),
    );
    await context.open({ url: server.url });
    await until(() => seen.heard.length > 0);
    expect(seen.heard).toEqual(['hi']);
  });

  test('of an answer that comes byte by byte', async () => {
    const { context, seen } = await client();
    const dribble = async (head: string, socket: Socket): Promise<void> => {
      socket.setNoDelay(true);
      for (const byte of Buffer.concat([
        Buffer.from(answerTo(head)),
        Buffer.from([0x81, 1, 0x61]),
      ])) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const server = await scripted((head, socket) => void dribble(head, socket));
    await context.open({ url: server.url });
    await until(() => seen.heard.length > 0);
    expect(seen.heard).toEqual(['a']);
  });

  test('of a client are masked, each by a key of its own; masked ones to it are refused', async () => {
    const { context } = await client();
    let wire = Buffer.alloc(0);
    const server = await scripted((head, socket) => {
      socket.write(answerTo(head));
      socket.on('data', (bytes) => {
        wire = Buffer.concat([wire, bytes]);
      });
    });
    const wsis = [await context.open({ url: server.url }), await context.open({ url: server.url })];
    await until(() => wire.length >= 2 * 22);
    const keys = [wire.subarray(2, 6), wire.subarray(24, 28)];
    expect([wire[1], keys[0]?.equals(keys[1] ?? Buffer.alloc(0))]).toEqual([0x80 | 16, false]);
    server.sockets[0]?.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]));
    await until(() => wsis.some(({ open }) => !open));
    expect(context.counters.refused.get('LWS_ERR_WS_MASK')).toBe(1);
  });
});

describe('redirects', () => {
  const to =
    (location: (port: number) => string, status = '302 Found'): Script =>
    (head, socket) =>
      void socket.end(answerTo(head, { Location: location(socket.localPort ?? 0) }, status));

  test.each([
    ['an absolute URL', (port: number) => `ws://127.0.0.1:${port}/final?x`],
    ['http: for ws:', (port: number) => `http://127.0.0.1:${port}/final?x`],
    ['an absolute path', () => '/final?x'],
    ['a relative one', () => 'final?x'],
    ['a fragment, which is dropped', () => '/final?x#top'],
  ])('%s', async (_name, location) => {
    for (const status of ['301 x', '302 x', '303 x', '307 x', '308 x']) {
      const { context, seen } = await client();
      const server = await scripted((head, socket) =>
        (head.startsWith('GET /final?x ') ? accept : to(location, status))(head, socket),
      );
      const wsi = context.connect({ url: server.url, headers: { cookie: 'a=b' } });
      await until(() => seen.at.length > 0);
      expect([server.heads.length, seen.at, wsi.open]).toEqual([
        2,
        ['first first first /final x'],
        true,
      ]);
      // to the same server all fields go again
      expect(fieldOf(server.heads[1] ?? '', 'cookie')).toBe('a=b');
      expect(fieldOf(server.heads[1] ?? '', 'x-added')).toBe('first');
    }
  });

  test('three are followed, the fourth is not; maxRedirects says how many', async () => {
    const { context } = await client();
    const server = await scripted(to(() => '/again'));
    await expect(context.open({ url: server.url })).rejects.toMatchObject({
      code: 'LWS_ERR_HTTP_REDIRECT',
    });
    expect(server.heads).toHaveLength(4);
    await expect(context.open({ url: server.url, maxRedirects: 1 })).rejects.toMatchObject({
      code: 'LWS_ERR_HTTP_REDIRECT',
    });
    expect(server.heads).toHaveLength(6);
    await expect(context.open({ url: server.url, maxRedirects: 0 })).rejects.toMatchObject({
      code: 'LWS_ERR_WS_CLIENT_STATUS',
      status: 302,
    });
  });

  test('another server gets no credentials, nor the host of the first', async () => {
    const { context } = await client();
    const other = await scripted();
    const server = await scripted(to(() => `ws://127.0.0.1:${other.port}/`));
    const url = server.url.replace('//', '//u:p@');
    await context.open({ url, headers: { cookie: 'a=b', 'x-c': 'd' }, host: 'named.example' });
    const [head = ''] = other.heads;
    expect(['cookie', 'authorization', 'x-c', 'host'].map((name) => fieldOf(head, name))).toEqual([
      undefined,
      undefined,
      'd',
      `127.0.0.1:${other.port}`,
    ]);
    expect(fieldOf(server.heads[0] ?? '', 'host')).toBe('named.example');
  });

  test('an attempt after a redirect to another server that failed begins with the first, as it was asked', async () => {
    const { context } = await client();
    const other = await scripted((_head, socket) => void socket.destroy());
    let asked = 0;
    const server = await scripted((head, socket) =>
      (asked++ === 0 ? to(() => `ws://127.0.0.1:${other.port}/`) : accept)(head, socket),
    );
    await context.open({ url: server.url, headers: { cookie: 'a=b' }, retry: { tableMs: [1] } });
    expect(other.heads.map((head) => fieldOf(head, 'cookie'))).toEqual([undefined]);
    expect(server.heads.map((head) => fieldOf(head, 'cookie'))).toEqual(['a=b', 'a=b']);
  });
});

describe('proxies', () => {
  /** A proxy that joins the two sides; `shake` is given what comes first, and says where it goes. */
  async function proxy(
    shake: (socket: Socket) => Promise<{ host: string; port: number }>,
  ): Promise<number> {
    const join = async (socket: Socket): Promise<void> => {
      socket.on('error', () => undefined);
      const { port } = await shake(socket);
      const upstream = connect(port, '127.0.0.1');
      upstream.on('error', () => undefined);
      socket.pipe(upstream).pipe(socket);
      closers.push(() => upstream.destroy());
      closers.push(() => socket.destroy());
    };
    const server = createServer((socket) => void join(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  const connects = async (
    socket: Socket,
  ): Promise<{ host: string; port: number; head: string }> => {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    const head = bytes.toString('latin1');
    const [, host = '', port = ''] = /^CONNECT (.*):(\d+) /.exec(head) ?? [];
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    return { host, port: Number(port), head };
  };

  test('by CONNECT, with credentials', async () => {
    const { context, seen } = await client();
    const server = await scripted();
    const heads: string[] = [];
    const port = await proxy(async (socket) => {
      const read = await connects(socket);
      heads.push(read.head);
      return read;
    });
    await context.open({
      url: server.url.replace('127.0.0.1', 'inside.example'),
      proxy: `http://u:p@127.0.0.1:${port}`,
    });
    expect(heads[0]).toContain(`CONNECT inside.example:${server.port} HTTP/1.1\r\n`);
    expect(heads[0]).toContain('proxy-authorization: Basic dTpw\r\n');
    expect([fieldOf(server.heads[0] ?? '', 'host'), seen.at.length]).toEqual([
      `inside.example:${server.port}`,
      1,
    ]);
    expect(server.heads[0]).not.toContain('proxy-authorization');
  });

  test('by SOCKS5, which resolves the name', async () => {
    const { context } = await client();
    const server = await scripted();
    const names: string[] = [];
    const port = await proxy(async (socket) => {
      await once(socket, 'data');
      socket.write(Uint8Array.of(5, 0));
      const [request] = (await once(socket, 'data')) as [Buffer];
      names.push(request.toString('latin1', 5, 5 + (request[4] ?? 0)));
      socket.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
      return { host: '', port: request.readUInt16BE(request.length - 2) };
    });
    await context.open({
      url: server.url.replace('127.0.0.1', 'inside.example'),
      proxy: `socks5://127.0.0.1:${port}`,
    });
    expect(names).toEqual(['inside.example']);
  });

  test('of the environment, unless proxy is false', async () => {
    const { context } = await client();
    const server = await scripted();
    let through = 0;
    const port = await proxy(async (socket) => {
      through++;
      return connects(socket);
    });
    vi.stubEnv('http_proxy', `http://127.0.0.1:${port}`);
    try {
      await context.open({ url: server.url });
      await context.open({ url: server.url, proxy: false });
      vi.stubEnv('no_proxy', 'localhost 10.0.0.0/8 127.0.0.0/8');
      await context.open({ url: server.url });
    } finally {
      vi.unstubAllEnvs();
    }
    expect([through, server.heads.length]).toEqual([1, 3]);
  });

  test.each([
    ['407', 'HTTP/1.1 407 x\r\n\r\n'],
    ['bytes behind its answer', 'HTTP/1.1 200 x\r\n\r\nHTTP/1.1 101 x\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('%s: LWS_ERR_HTTP_PROXY', async (_name, answer) => {
    const { context } = await client();
    const server = await scripted((_head, socket) => socket.write(answer));
    const failed = context.open({
      url: 'ws://inside.example/',
      proxy: `http://127.0.0.1:${server.port}`,
    });
    await expect(failed).rejects.toMatchObject({ code: 'LWS_ERR_HTTP_PROXY' });
  });
});

describe('where from and where to', () => {
  test('a unix socket, by URL and by lws’s address', async () => {
    const { context, seen } = await client();
    const path = join(tmpdir(), `lws-client-${process.pid}.sock`);
    const server = createServer((socket) => {
      socket.once('data', (bytes) => socket.write(answerTo(bytes.toString('latin1'))));
      closers.push(() => socket.destroy());
    });
    server.listen(path);
    await once(server, 'listening');
    closers.push(
      () => server.close(),
      () => rmSync(path, { force: true }),
    );
    await context.open({ url: `ws+unix:${path}:/p` });
    await context.open({ address: `+${path}`, path: '/q' });
    expect(seen.at).toEqual(['first first first /p ', 'first first first /q ']);
  });

  test('address, port and path', async () => {
    const { context, seen } = await client();
    const { port } = await scripted();
    await context.open({ address: '127.0.0.1', port, path: '/a?b' });
    expect(seen.at).toEqual(['first first first /a b']);
  });

  test('localAddress', async () => {
    const { context } = await client();
    const server = await scripted();
    await context.open({ url: server.url, localAddress: '127.0.0.5' });
    expect(server.sockets[0]?.remoteAddress).toBe('127.0.0.5');
  });

  test('lookup and family', async () => {
    const { context } = await client();
    const server = await scripted();
    const asked: unknown[] = [];
    const lookup = (
      name: string,
      options: { family?: unknown; all?: boolean },
      done: (...args: unknown[]) => void,
    ): void => {
      asked.push([name, options.family]);
      if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    };
    await context.open({
      url: server.url.replace('127.0.0.1', 'a.example'),
      lookup: lookup as never,
      family: 4,
    });
    expect(asked).toEqual([['a.example', 4]]);
  });

  test.skipIf(!existsSync('/proc/net/tcp')).each([
    [0, '00'],
    [30, '02'],
  ])('kaTime %i of the context: the kernel has timer %s', async (kaTime, timer) => {
    const { context } = await client(kaTime);
    const server = await scripted();
    await context.open({ url: server.url });
    const hex = (port = 0): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const kind = (): string | undefined =>
      readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(
          ([, local, remote]) =>
            local?.endsWith(hex(server.sockets[0]?.remotePort)) === true &&
            remote?.endsWith(hex(server.port)),
        )?.[5]
        ?.slice(0, 2);
    await expect.poll(kind, { timeout: 5000 }).toBe(timer);
  });
});

test('a server of ws talks to it, and it closes as both want', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  closers.push(() => server.close());
  server.on('connection', (socket) =>
    socket.on('message', (data) => socket.send(`you said ${String(data)}`)),
  );
  const events: unknown[] = [];
  const chat = protocol({
    name: 'chat',
    client: {
      established: (wsi) => wsi.requestWriteable(),
      writeable: (_wsi, tx) => void tx.text('hello'),
      message(wsi: WsWsi<undefined, undefined>, data) {
        events.push(data);
        wsi.close(4000, 'bye');
      },
      closed: (_wsi, code, reason) => void events.push(code, reason),
      connectionError: (_wsi, error: LwsError) => void events.push(error),
    },
  });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ port: -1, protocols: [chat] }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  context.connect({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await until(() => events.length === 3);
  expect(events).toEqual(['you said hello', 4000, 'bye']);
});
