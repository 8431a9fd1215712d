/** Writes that are shorter than the high-water mark of their socket, for which streams of Node.js emit no 'drain'. */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SocketTransport } from '@lws-ts/core';
import { expect, test } from 'vitest';

const little = new Uint8Array(1000);

/** What a transport tells, in order. */
class Told {
  readonly events: string[] = [];
  bytes = 0;

  rx(bytes: Uint8Array): void {
    this.bytes += bytes.length;
  }
  peerEnded(): void {
    this.events.push('peerEnded');
  }
  drained(): void {
    this.events.push('drained');
  }
  closed(): void {
    this.events.push('closed');
  }
}

/** As much of a socket as a transport writes to. The kernel takes what `take` says. */
class SlowSocket extends EventEmitter {
  writableLength = 0;
  writableNeedDrain = false;
  writableEnded = false;
  readonly destroyed = false;
  readonly behind: (() => void)[] = [];

  get writable(): boolean {
    return !this.writableEnded;
  }

  write(bytes: Uint8Array, sent?: () => void): boolean {
    if (this.writableEnded) throw new Error('write after end');
    this.writableLength += bytes.length;
    if (sent !== undefined) this.behind.push(sent);
    return true;
  }

  end(): void {
    this.writableEnded = true;
  }

  /** The kernel took so many bytes, and so what stood behind them was written. */
  take(bytes: number): void {
    this.writableLength -= bytes;
    for (const sent of this.behind.splice(0)) sent();
  }
}

function slow(): { socket: SlowSocket; transport: SocketTransport; told: Told } {
  const socket = new SlowSocket();
  const transport = new SocketTransport(socket as unknown as Socket, 'tcp');
  const told = new Told();
  transport.attach(told);
  return { socket, transport, told };
}

test('a peer that reads again after many of them is told of', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [Socket];
  const transport = new SocketTransport(client);
  const told = new Told();
  transport.attach(told);
  let sent = 0;
  while (transport.write(little) && sent < 100_000) sent++;
  expect(sent).toBeLessThan(100_000);
  expect(client.writableNeedDrain).toBe(false);
  expect(told.events).toEqual([]);
  peer.resume();
  await expect.poll(() => told.events).toEqual(['drained']);
  expect(transport.bufferedBytes).toBe(0);
  expect(transport.write(little)).toBe(true);
  transport.abort();
  peer.destroy();
  server.close();
});

test('one that the kernel has whole is told at once, and nothing is written behind it', () => {
  const { socket, transport } = slow();
  socket.write = (_bytes, sent) => {
    if (sent !== undefined) socket.behind.push(sent);
    return true;
  };
  expect(transport.write(little)).toBe(true);
  expect(socket.behind).toEqual([]);
});

test('what is written behind is one, however many wait', () => {
  const { socket, transport, told } = slow();
  for (let times = 0; times < 3; times++) expect(transport.write(little)).toBe(false);
  expect(socket.behind).toHaveLength(1);
  socket.take(3000);
  expect(told.events).toEqual(['drained']);
});

test('where more was written meanwhile, that is waited for too', () => {
  const { socket, transport, told } = slow();
  transport.write(little);
  transport.write(little);
  socket.take(1000);
  expect(told.events).toEqual([]);
  socket.take(1000);
  expect(told.events).toEqual(['drained']);
});

test("where the socket says 'drain' itself, nothing is written behind", () => {
  const { socket, transport, told } = slow();
  socket.writableNeedDrain = true;
  transport.write(little);
  expect(socket.behind).toEqual([]);
  socket.writableLength = 0;
  socket.emit('drain');
  expect(told.events).toEqual(['drained']);
});

test('nothing is written behind the end', () => {
  const { socket, transport, told } = slow();
  transport.write(little);
  transport.write(little);
  transport.end();
  socket.take(1000);
  expect(told.events).toEqual([]);
  expect(socket.behind).toEqual([]);
});
