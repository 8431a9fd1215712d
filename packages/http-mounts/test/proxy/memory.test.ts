/** What memory a body takes while it passes through: of a long one no more than of a short one. */
import type { Socket } from 'node:net';
import { type MemoryTransport, memoryTransportPair, RawPeer } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { ParkedInput } from '../../../core/src/parked-input.ts';
import { get, openProxy, readAnswer } from './open-proxy.ts';

const total = 6 * 1024 * 1024;

/** Writes `total` bytes as they are taken, each of which says where it belongs; in chunks, or not. */
function flood(socket: Socket, chunked: boolean): void {
  const framing = chunked ? 'transfer-encoding: chunked' : `content-length: ${total}`;
  socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
  let at = 0;
  const more = (): void => {
    let room = true;
    while (at < total && room) {
      const piece = pattern(at, Math.min(49_152, total - at));
      at += piece.length;
      if (chunked) socket.write(`${piece.length.toString(16)}\r\n`);
      room = socket.write(piece);
      if (chunked) socket.write('\r\n');
    }
    if (at < total) socket.once('drain', more);
    else if (chunked) socket.write('0\r\n\r\n');
  };
  more();
}

function pattern(from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (from + at + ((from + at) >> 8)) & 0xff;
  return bytes;
}

function unchunked(text: string): string {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (!(size > 0)) return parts.join('');
    parts.push(text.slice(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/** Notes in whose memory a transport was given bytes, where it was more than a few. */
function watchWrites(transport: MemoryTransport): ReadonlySet<ArrayBufferLike> {
  const seen = new Set<ArrayBufferLike>();
  const write = transport.write.bind(transport);
  transport.write = (bytes) => {
    if (bytes.length > 16_384) seen.add(bytes.buffer);
    return write(bytes);
  };
  return seen;
}

describe.each<[string, boolean]>([
  ['a length', false],
  ['chunks', true],
])('an answer with %s', (_framing, chunked) => {
  test.each<[string, number, number]>([
    ['takes all', 2 * total, 2],
    ['takes slowly', 40_000, 2],
  ])('stands in memory that is used again, for a peer that %s', async (_how, capacity, most) => {
    const { vhost } = await openProxy((_request, socket) => flood(socket, chunked));
    const [server, client] = memoryTransportPair({ capacity });
    const seen = watchWrites(server);
    const parked = [
      vi.spyOn(ParkedInput.prototype, 'append'),
      vi.spyOn(ParkedInput.prototype, 'prepend'),
    ];
    const peer = new RawPeer(client);
    vhost.adopt(server);
    await peer.send(get('/'));
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    const { body } = readAnswer(Buffer.from(peer.bytes).toString('latin1'));
    const got = Buffer.from(chunked ? unchunked(body) : body, 'latin1');
    expect(got.equals(pattern(0, total))).toBe(true);
    expect(seen.size).toBeGreaterThan(0);
    expect(seen.size).toBeLessThanOrEqual(most);
    // an upstream is not read from while there is no place for what it sends
    const pieces = parked.flatMap(({ mock }) => mock.calls.map(([piece]) => piece.length));
    for (const spy of parked) spy.mockRestore();
    const bytes = pieces.reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeLessThan(total / 8);
  });
});

test('what a peer that goes has not read is never written over', async () => {
  const { vhost } = await openProxy((_request, socket) => flood(socket, false));
  const [slow, reader] = memoryTransportPair({ capacity: 10_000 });
  const held: Uint8Array[] = [];
  const write = slow.write.bind(slow);
  slow.write = (bytes) => {
    const free = write(bytes);
    if (!free) held.push(bytes);
    return free;
  };
  const gone = new RawPeer(reader);
  vhost.adopt(slow);
  await gone.read(false);
  await gone.send(get('/'));
  await vi.waitUntil(() => held.length > 0);
  const before = held.map((bytes) => Uint8Array.from(bytes));
  reader.abort();
  const [server, client] = memoryTransportPair({ capacity: 2 * total });
  const peer = new RawPeer(client);
  vhost.adopt(server);
  await peer.send(get('/'));
  await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
  expect(held.map((bytes) => Uint8Array.from(bytes))).toEqual(before);
});
