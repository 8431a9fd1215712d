import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DuplexTransport, SocketTransport } from '@lws-ts/core';
import type { Transport } from '@lws-ts/interface';
import { memoryTransportPair } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { dial } from '../src/dial.ts';
import { fastReadSocket } from '../src/fast-read.ts';
import { PipeTransport } from '../src/pipe-transport.ts';
import { onRead } from '../src/socket-transport.ts';
import { duplexPair } from './duplex-pair.ts';
import { transportCompliance } from './transport-compliance.ts';

const servers: Server[] = [];

/** Two ends of a connection over a listening socket of its own, as sockets. */
async function sockets(path: string | undefined, highWaterMark: number | undefined) {
  const options = {
    allowHalfOpen: true,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  };
  const accepted: Socket[] = [];
  const server = createServer(options, (socket) => accepted.push(socket));
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const address = server.address();
  const to = typeof address === 'object' && address !== null ? address.port : 0;
  const client =
    path === undefined
      ? connect({ port: to, host: '127.0.0.1', ...options })
      : connect({ path, ...options });
  client.on('error', () => undefined);
  while (accepted.length === 0 || client.connecting)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  return [accepted[0] as Socket, client] as const;
}

async function socketPair(path: string | undefined, highWaterMark: number | undefined) {
  const [accepted, client] = await sockets(path, highWaterMark);
  return [new SocketTransport(accepted), new SocketTransport(client)] as const;
}

/** The accepted side, and what a client makes of the other. */
async function dialledPair() {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, highWaterMark: 1 }, (socket) =>
    accepted.push(socket),
  );
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const keepalive = { kaTime: 0, kaProbes: 0, kaInterval: 0 };
  const client = await new Promise<Transport>((resolve, reject) => {
    dial(
      { host: '127.0.0.1', port, socketPath: undefined },
      { family: 0, localAddress: undefined, lookup: undefined, keepalive },
      { connected: resolve, failed: reject },
    );
  });
  while (accepted.length === 0)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  return [client, new SocketTransport(accepted[0] as Socket)] as const;
}

/** What Node.js calls a pipe between processes, and reads as a socket. */
async function pipePair(path: string) {
  const nature = { writable: true, reopen: undefined };
  const [accepted, client] = await sockets(path, 1);
  return [new PipeTransport(accepted, nature), new PipeTransport(client, nature)] as const;
}

/** The same, with an accepted side that reads into one buffer for all. */
async function fastPair() {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const fast = fastReadSocket(socket, onRead);
    if (fast === undefined) throw new Error('no fast read here');
    accepted.push(fast);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const options = { allowHalfOpen: true, highWaterMark: 1 };
  const client = connect({ port, host: '127.0.0.1', ...options });
  client.on('error', () => undefined);
  while (accepted.length === 0 || client.connecting)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  return [
    new SocketTransport(accepted[0] as Socket, 'tcp', 'onread'),
    new SocketTransport(client),
  ] as const;
}

function cleanUp(): void {
  for (const server of servers.splice(0)) server.close();
}

const megabytes = 1024 * 1024;

transportCompliance('TCP', {
  pair: () => socketPair(undefined, 1),
  cleanUp,
  abortLooksLike: 'reset',
  floodBytes: 12 * megabytes,
});

transportCompliance('TCP over sockets with a high-water mark', {
  pair: () => socketPair(undefined, undefined),
  cleanUp,
  abortLooksLike: 'reset',
  floodBytes: 12 * megabytes,
});

transportCompliance('TCP that reads into one buffer for all', {
  pair: fastPair,
  cleanUp,
  abortLooksLike: 'reset',
  floodBytes: 12 * megabytes,
});

transportCompliance('TCP that was dialled', {
  pair: dialledPair,
  cleanUp,
  abortLooksLike: 'reset',
  floodBytes: 12 * megabytes,
});

const folder = mkdtempSync(join(tmpdir(), 'lws-ts-core-'));
let paths = 0;
transportCompliance('unix', {
  pair: () => socketPair(join(folder, `${paths++}.sock`), 1),
  cleanUp,
  abortLooksLike: 'end',
  floodBytes: 2 * megabytes,
});

transportCompliance('pipe', {
  pair: () => pipePair(join(folder, `${paths++}.sock`)),
  cleanUp,
  abortLooksLike: 'end',
  floodBytes: 2 * megabytes,
});
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

transportCompliance('Duplex', {
  async pair() {
    const [a, b] = duplexPair();
    return [new DuplexTransport(a), new DuplexTransport(b)];
  },
  abortLooksLike: 'end',
  floodBytes: megabytes,
});

transportCompliance('memory', {
  pair: async () => memoryTransportPair(),
  abortLooksLike: 'reset',
  floodBytes: megabytes,
});

test('who the peer was can be asked for behind the end of a socket', async () => {
  const [accepted, client] = await sockets(undefined, 1);
  const { localPort } = client;
  const transport = new SocketTransport(accepted);
  const closed = Promise.all([once(accepted, 'close'), once(client, 'close')]);
  transport.abort();
  client.destroy();
  await closed;
  expect(accepted.destroyed).toBe(true);
  expect(transport.peer).toEqual({ address: '127.0.0.1', port: localPort, family: 'ipv4' });
  cleanUp();
});

/** Sends bytes that count up, in pieces, to a transport that is told to stop and to go on in all ways. */
async function countTo(most: number, prepare: (socket: Socket) => void) {
  const [accepted, client] = await sockets(undefined, 4096);
  const transport = new SocketTransport(accepted);
  let events = 0;
  let next = 0;
  let calls = 0;
  let wrong = 0;
  transport.attach({
    rx(bytes) {
      for (const byte of bytes) if (byte !== next++ % 251) wrong++;
      calls++;
      if (calls % 3 === 0) {
        transport.read(false);
        if (calls % 2 === 0) transport.read(true);
        else setTimeout(() => transport.read(true), calls % 4);
      }
    },
    drained: () => undefined,
    peerEnded: () => undefined,
    closed: () => undefined,
  });
  transport.read(true);
  accepted.on('data', () => events++);
  prepare(accepted);
  for (let sent = 0; sent < most; sent += 1000) {
    client.write(Uint8Array.from({ length: 1000 }, (_, at) => (sent + at) % 251));
    if (sent % 7000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await expect.poll(() => next, { timeout: 5000 }).toBe(most);
  transport.abort();
  client.destroy();
  cleanUp();
  return { events, calls, wrong };
}

test('what a socket read and is taken at once makes no event, and all of it comes in order', async () => {
  const { events, calls, wrong } = await countTo(200_000, () => undefined);
  expect(wrong).toBe(0);
  // what came while it was told to stop is an event
  expect(events).toBeLessThan(calls);
});

test('a socket that does not call its push is heard by its events', async () => {
  const { events, calls, wrong } = await countTo(100_000, (socket) => {
    Reflect.deleteProperty(socket, 'push');
  });
  expect({ events, wrong }).toEqual({ events: calls, wrong: 0 });
});

test('what comes before a socket has told what waited comes behind it', async () => {
  const [accepted, client] = await sockets(undefined, 4096);
  const transport = new SocketTransport(accepted);
  const { taken } = listen(transport);
  transport.read(false);
  accepted.push(Buffer.from('one'));
  transport.read(true);
  accepted.push(Buffer.from('two'));
  await expect.poll(() => taken.join()).toBe('one,two');
  transport.abort();
  client.destroy();
  cleanUp();
});

test('a socket that is given away emits its data again', async () => {
  const [accepted, client] = await sockets(undefined, 4096);
  const transport = new SocketTransport(accepted);
  const { taken } = listen(transport);
  client.write('one');
  await expect.poll(() => taken.join()).toBe('one');
  expect(transport.release()).toBe(accepted);
  expect(Reflect.get(accepted, 'push')).toBe(Reflect.get(Readable.prototype, 'push'));
  const came = once(accepted, 'data');
  client.write('two');
  expect(String((await came)[0])).toBe('two');
  expect(taken.join()).toBe('one');
  accepted.destroy();
  client.destroy();
  cleanUp();
});

function listen(transport: Transport) {
  const taken: string[] = [];
  transport.attach({
    rx: (bytes) => taken.push(Buffer.from(bytes).toString()),
    drained: () => undefined,
    peerEnded: () => undefined,
    closed: () => undefined,
  });
  transport.read(true);
  return { taken };
}

test('whoever takes over a socket is told that its peer ended before', async () => {
  for (const fast of [false, true]) {
    const [accepted, client] = await sockets(undefined, undefined);
    const socket = (fast ? fastReadSocket(accepted, onRead) : undefined) ?? accepted;
    const transport = new SocketTransport(socket, 'tcp', socket === accepted ? 'data' : 'onread');
    const told: string[] = [];
    const sink = (name: string) => ({
      rx: (bytes: Uint8Array) => void told.push(`${name} ${Buffer.from(bytes).toString()}`),
      peerEnded: () => void told.push(`${name} ended`),
      drained: () => undefined,
      closed: () => undefined,
    });
    transport.attach(sink('first'));
    transport.read(true);
    client.end();
    await expect.poll(() => told).toEqual(['first ended']);
    transport.read(false);
    transport.attach(sink('second'));
    await new Promise(setImmediate);
    expect(told).toEqual(['first ended']);
    transport.read(true);
    await expect.poll(() => told).toEqual(['first ended', 'second ended']);
    transport.abort();
    client.destroy();
  }
});
