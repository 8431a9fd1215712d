/** Raw connections to others: where they go, what they are told, and how they come to nothing. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import { type Context, createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol, type RawWsi } from '@lws-ts/interface';
import { tls } from '@lws-ts/tls';
import { ws } from '@lws-ts/ws';
import { afterEach, describe, expect, test } from 'vitest';
import { Authority } from '../../tls/test/authority.ts';
import { raw } from '../src/index.ts';
import { endsWithTest } from './open-raw.ts';

type AnyWsi = RawWsi<unknown, unknown>;

const ca = new Authority();
const servers: Server[] = [];
const accepted: Socket[] = [];

afterEach(() => {
  for (const socket of accepted.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const until = (holds: () => boolean): Promise<void> =>
  expect.poll(holds, { timeout: 5000, interval: 5 }).toBe(true);

/** A server that sends back in capitals. */
async function shouting(server: Server = createServer(), path?: string): Promise<number> {
  servers.push(server);
  const onSocket = (socket: Socket): void => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes.toString('latin1').toUpperCase()));
  };
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', onSocket);
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A context whose protocol `talk` says hello and keeps what it is told. */
async function client(handlers: object = {}, use: readonly unknown[] = [raw()]) {
  const events: string[] = [];
  let heard = '';
  const talk = protocol({
    name: 'talk',
    client: {
      connectionError: (_wsi, error) => void events.push(`failed ${error.code}`),
    },
    raw: {
      adopt(wsi: AnyWsi): void {
        events.push('adopt');
        wsi.requestWriteable();
      },
      rx(_wsi: AnyWsi, data: Uint8Array): void {
        heard += Buffer.from(data).toString('latin1');
      },
      writeable(_wsi: AnyWsi, tx: { write(text: string): boolean }): void {
        if (!events.includes('said')) {
          events.push('said');
          tx.write('hello\r\n');
        }
      },
      close: () => void events.push('close'),
      ...handlers,
    },
  });
  const deaf = protocol({ name: 'deaf', ws: {} });
  const context = endsWithTest(
    (await createContext({
      use,
      vhosts: [{ port: -1, protocols: [deaf, talk] }],
    } as Parameters<typeof createContext>[0])) as unknown as Context,
  );
  return { context, events, heard: () => heard };
}

describe('it goes to', () => {
  test('raw://host:port', async () => {
    const port = await shouting();
    const { context, events, heard } = await client();
    const wsi = context.connect({ url: `raw://127.0.0.1:${port}` });
    expect([wsi.open, events, wsi.protocol]).toEqual([false, [], 'talk']);
    await until(() => heard() === 'HELLO\r\n');
    expect([wsi.open, events]).toEqual([true, ['adopt', 'said']]);
    wsi.close();
    await until(() => events.includes('close'));
    expect(events).toEqual(['adopt', 'said', 'close']);
  });

  test('address, port and method RAW', async () => {
    const port = await shouting();
    const { context, heard } = await client();
    context.connect({ address: '127.0.0.1', port, method: 'RAW' });
    await until(() => heard() !== '');
    expect(heard()).toBe('HELLO\r\n');
  });

  test('a unix socket, by URL and by address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lws-ts-raw-'));
    const path = join(folder, 'it.sock');
    await shouting(createServer(), path);
    const { context, heard } = await client();
    context.connect({ url: `raw+unix:${path}` });
    await until(() => heard() === 'HELLO\r\n');
    context.connect({ address: `+${path}`, method: 'RAW' });
    await until(() => accepted.length === 2);
    expect(heard()).toBe('HELLO\r\n');
    rmSync(folder, { recursive: true });
  });

  test('raws://, and ssl with an address, over TLS', async () => {
    const { cert, key } = ca.issue(['localhost']);
    const port = await shouting(createTlsServer({ cert, key }));
    const { context, heard, events } = await client({}, [tls(), raw()]);
    const wsi = await context.open({
      url: `raws://localhost:${port}`,
      allowSelfsigned: true,
      allowInsecure: true,
    } as Parameters<Context['open']>[0]);
    expect(events[0]).toBe('adopt');
    await until(() => heard() === 'HELLO\r\n');
    expect(wsi.security?.protocol).toMatch(/^TLSv1/);
    context.connect({
      address: 'localhost',
      port,
      ssl: true,
      method: 'RAW',
      allowInsecure: true,
    } as Parameters<Context['connect']>[0]);
    await until(() => accepted.length === 2);
  });

  test('open() waits for it', async () => {
    const port = await shouting();
    const { context, events } = await client();
    const wsi = await context.open({ url: `raw://127.0.0.1:${port}` });
    expect([wsi.open, events[0]]).toEqual([true, 'adopt']);
  });

  test('the vhost’s own connect, with another vhost beside it', async () => {
    const port = await shouting();
    const { context, events } = await client();
    const other = await context.createVhost({ name: 'other', port: -1 } as never);
    expect(() => other.connect({ url: `raw://127.0.0.1:${port}` })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_RAW_PROTOCOL' }),
    );
    context.vhosts[0]?.connect({ url: `raw://127.0.0.1:${port}` });
    await until(() => events.includes('adopt'));
  });
});

test('what a server says first is not lost, and its FIN ends it', async () => {
  const server = createServer((socket) => socket.end('220 ready\r\n')).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { context, events, heard } = await client();
  context.connect({ url: `raw://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await until(() => events.includes('close'));
  expect([heard(), events.at(-1)]).toEqual(['220 ready\r\n', 'close']);
});

describe('it comes to nothing', () => {
  const closedPort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  };

  test('once, after connect() returned, and neither adopt nor close comes', async () => {
    const port = await closedPort();
    const { context, events } = await client();
    const wsi = context.connect({ url: `raw://127.0.0.1:${port}` });
    expect(events).toEqual([]);
    await until(() => events.length > 0);
    expect([events, wsi.open]).toEqual([['failed LWS_ERR_CONNECT'], false]);
    await expect(context.open({ url: `raw://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'LWS_ERR_CONNECT',
    });
  });

  test('when the program gives it up', async () => {
    const port = await shouting();
    const { context, events } = await client();
    context.connect({ url: `raw://127.0.0.1:${port}` }).close();
    const controller = new AbortController();
    context.connect({ url: `raw://127.0.0.1:${port}`, signal: controller.signal });
    controller.abort();
    await until(() => events.length === 2);
    expect(events).toEqual(Array(2).fill('failed LWS_ERR_CONNECT_ABORTED'));
  });

  test('after the attempts that retry allows', async () => {
    const port = await closedPort();
    const { context, events } = await client();
    const began = performance.now();
    context.connect({
      url: `raw://127.0.0.1:${port}`,
      retry: { tableMs: [20, 20], jitterPercent: 0 },
    });
    await until(() => events.length > 0);
    expect(performance.now() - began).toBeGreaterThan(35);
    expect(events).toEqual(['failed LWS_ERR_CONNECT']);
  });

  test('when TLS is spoken to who does not speak it', async () => {
    const port = await shouting();
    const { context, events } = await client({}, [tls(), raw()]);
    context.connect({ url: `raws://127.0.0.1:${port}` });
    await until(() => events.length > 0);
    expect(events[0]).toMatch(/^failed LWS_ERR_TLS_/);
  });

  test('an adopt that throws resets it', async () => {
    const port = await shouting();
    const { context, events } = await client({
      adopt: () => {
        throw new Error('no');
      },
    });
    const wsi = context.connect({ url: `raw://127.0.0.1:${port}` });
    await until(() => events.includes('close'));
    expect(wsi.open).toBe(false);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test.each([
    ['no port', { url: 'raw://127.0.0.1' }, 'LWS_ERR_OPTION'],
    ['no port beside an address', { address: '127.0.0.1', method: 'RAW' }, 'LWS_ERR_OPTION'],
    ['a path', { url: 'raw://127.0.0.1:9/x' }, 'LWS_ERR_OPTION'],
    ['a query', { url: 'raw://127.0.0.1:9/?x' }, 'LWS_ERR_OPTION'],
    ['a user', { url: 'raw://a:b@127.0.0.1:9' }, 'LWS_ERR_OPTION'],
    ['fields', { url: 'raw://127.0.0.1:9', headers: { a: 'b' } }, 'LWS_ERR_OPTION'],
    ['a proxy', { url: 'raw://127.0.0.1:9', proxy: 'http://127.0.0.1:1' }, 'LWS_ERR_OPTION'],
    ['subprotocols', { url: 'raw://127.0.0.1:9', protocols: 'talk' }, 'LWS_ERR_OPTION'],
    ['an origin', { url: 'raw://127.0.0.1:9', origin: 'http://a' }, 'LWS_ERR_OPTION'],
    ['a Host', { url: 'raw://127.0.0.1:9', host: 'a' }, 'LWS_ERR_OPTION'],
    [
      'a protocol without raw',
      { url: 'raw://127.0.0.1:9', localProtocol: 'deaf' },
      'LWS_ERR_RAW_PROTOCOL',
    ],
    ['TLS without its module', { url: 'raws://127.0.0.1:9' }, 'LWS_ERR_MODULE_MISSING'],
  ])('%s throws at once', async (_name, options, code) => {
    const { context, events } = await client({}, [http(), ws(), raw()]);
    expect(() => context.connect(options as Parameters<Context['connect']>[0])).toThrow(
      expect.objectContaining({ code }),
    );
    expect([context.counters.wsi_alive, events]).toEqual([0, []]);
  });
});
