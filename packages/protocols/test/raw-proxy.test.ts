/** Connections that are passed on to another server, over sockets of this machine. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { rawProxy } from '@lws-ts/protocols/raw-proxy';
import { raw } from '@lws-ts/raw';
import { memoryTransportPair } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const contexts: Context[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  setLogLevel('err,warn,notice', () => undefined);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
  for (const server of servers.splice(0)) server.close();
  setLogLevel('err,warn,notice', null);
});

const until = (holds: () => boolean): Promise<void> =>
  expect.poll(holds, { timeout: 10_000, interval: 5 }).toBe(true);

/** A server onward, whose connections `serve` gets. */
async function onward(serve: (socket: Socket) => void, path?: string): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  servers.push(server);
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

async function proxying(to: string) {
  const context = (await createContext({
    use: [http(), raw()],
    port: 0,
    interface: '127.0.0.1',
    onlyRaw: true,
    listenAcceptRole: 'raw-proxy',
    protocols: [rawProxy.with({ onward: to })],
  })) as unknown as Context;
  contexts.push(context);
  const client = async (): Promise<Socket> => {
    const port = context.vhosts[0]?.port ?? 0;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  return { context, client };
}

function hearing(socket: Socket): () => string {
  let heard = '';
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
  });
  return () => heard;
}

const echoing = (socket: Socket): void => {
  socket.pipe(socket);
};

describe('passes on', () => {
  test('to an IPv4 address, both ways', async () => {
    const port = await onward(echoing);
    const { client } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    const heard = hearing(socket);
    socket.write('hello');
    await until(() => heard() === 'hello');
    socket.end(' and bye');
    await once(socket, 'end');
    expect(heard()).toBe('hello and bye');
  });

  test('to a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-proxy-'));
    const path = join(folder, 'it.sock');
    await onward(echoing, path);
    const { client } = await proxying(`uds:${path}`);
    const socket = await client();
    const heard = hearing(socket);
    socket.write('hello');
    await until(() => heard() !== '');
    expect(heard()).toBe('hello');
    rmSync(folder, { recursive: true });
  });

  test('what was said before the server was reached, and what it says first', async () => {
    const port = await onward((socket) => {
      socket.write('220 ready\r\n');
      echoing(socket);
    });
    const { client } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    const heard = hearing(socket);
    socket.write('early');
    await until(() => heard().length >= 16);
    expect(heard()).toBe('220 ready\r\nearly');
  });

  test('much both ways at once, whole, between peers that are slow in turn', async () => {
    const bytes = 8_000_000;
    const pattern = Buffer.alloc(bytes, Buffer.from(Array.from({ length: 251 }, (_, at) => at)));
    let up: Buffer[] = [];
    const port = await onward((socket) => {
      socket.end(pattern);
      socket.on('data', (piece) => {
        up.push(piece);
        if (up.length % 50 === 0) {
          socket.pause();
          setTimeout(() => socket.resume(), 2);
        }
      });
    });
    const { client, context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    socket.end(pattern);
    const down: Buffer[] = [];
    socket.pause();
    setTimeout(() => socket.resume(), 50);
    socket.on('data', (piece) => down.push(piece));
    await once(socket, 'end');
    await until(() => Buffer.concat(up).length === bytes);
    expect(Buffer.concat(up).equals(pattern)).toBe(true);
    expect(Buffer.concat(down).equals(pattern)).toBe(true);
    up = [];
    await until(() => context.counters.wsi_alive === 0);
  });

  test('in bounded memory, when one side takes nothing', async () => {
    let sent = 0;
    const port = await onward((socket) => {
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (sent < 50_000_000) {
          sent += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', more);
      more();
    });
    const { client, context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(40_000_000);
    expect(context.keptOutputBytes).toBeLessThan(300_000);
  });
});

describe('passes an end on', () => {
  test('of the client: the server may still answer', async () => {
    const port = await onward((socket) => {
      let asked = '';
      socket.on('data', (bytes) => {
        asked += String(bytes);
      });
      socket.on('end', () => socket.end(`you asked ${asked}`));
    });
    const { client } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    const heard = hearing(socket);
    socket.end('why?');
    await once(socket, 'end');
    expect(heard()).toBe('you asked why?');
  });

  test('of the server: the client may still speak', async () => {
    let said = '';
    const port = await onward((socket) => {
      socket.end('no more');
      socket.on('data', (bytes) => {
        said += String(bytes);
      });
    });
    const { client, context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    const heard = hearing(socket);
    await once(socket, 'end');
    socket.end('but I');
    await until(() => said === 'but I');
    expect(heard()).toBe('no more');
    await until(() => context.counters.wsi_alive === 0);
  });

  test.each(['client', 'server'])('of a %s that resets', async (who) => {
    let accepted: Socket | undefined;
    let over = false;
    const port = await onward((socket) => {
      accepted = socket;
      socket.resume();
      socket.on('close', () => {
        over = true;
      });
    });
    const { client, context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    socket.resume();
    socket.on('end', () => socket.end());
    await until(() => accepted !== undefined);
    if (who === 'client') socket.resetAndDestroy();
    else accepted?.resetAndDestroy();
    accepted?.on('end', () => accepted?.end());
    await until(() => context.counters.wsi_alive === 0);
    await until(() => over && socket.destroyed);
    expect(socket.destroyed).toBe(true);
  });

  test('a server that is not there resets the client', async () => {
    const port = await onward(() => undefined);
    servers.pop()?.close();
    const { client, context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const socket = await client();
    socket.resume();
    const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [
      NodeJS.ErrnoException,
    ];
    expect(error.code).toBe('ECONNRESET');
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('a client that goes before the server is reached gives it up', async () => {
    const port = await onward(echoing);
    const { context } = await proxying(`ipv4:127.0.0.1:${port}`);
    const [near, peer] = memoryTransportPair();
    context.vhosts[0]?.adopt(near);
    // the turn in which it connects onward; the answer to that comes in a later one
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(context.counters.wsi_alive).toBe(2);
    peer.abort();
    await until(() => context.counters.wsi_alive === 0);
    expect(context.counters.refused.get('LWS_ERR_CONNECT_ABORTED')).toBe(1);
  });
});

test.each([
  ['nothing', undefined],
  ['no family', '127.0.0.1:22'],
  ['no port', 'ipv4:127.0.0.1'],
  ['port 0', 'ipv4:127.0.0.1:0'],
  ['a port too high', 'ipv4:127.0.0.1:70000'],
  ['a relative path', 'uds:it.sock'],
])('onward with %s is refused when the vhost is made', async (_name, to) => {
  const made = rawProxy.with(to === undefined ? {} : { onward: to });
  await expect(createContext({ use: [raw()], port: -1, protocols: [made] })).rejects.toMatchObject({
    code: 'LWS_ERR_PVO',
  });
});
