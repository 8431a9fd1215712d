/** `lend` of a socket's transport: whose memory a read is, and for how long. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SocketTransport } from '@lws-ts/core';
import { afterEach, expect, test, vi } from 'vitest';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A transport that hears `pieces` of 32 KiB, each a read of its own, and what it saw of each after `rx`. */
async function reads(
  pieces: number,
  heard: (transport: SocketTransport, bytes: Uint8Array) => void,
): Promise<Uint8Array[]> {
  const server = createServer({ highWaterMark: 1 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  closers.push(
    () => server.close(),
    () => peer.destroy(),
    () => socket.destroy(),
  );
  const transport = new SocketTransport(socket);
  const seen: Uint8Array[] = [];
  let bytes = 0;
  transport.attach({
    rx(chunk) {
      bytes += chunk.length;
      seen.push(chunk);
      heard(transport, chunk);
    },
    peerEnded: () => undefined,
    drained: () => undefined,
    closed: () => undefined,
  });
  transport.read(true);
  for (let piece = 1; piece <= pieces; piece++) {
    peer.write(new Uint8Array(32_768).fill(piece));
    while (bytes < piece * 32_768)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  }
  return seen;
}

const large = (seen: readonly Uint8Array[]): readonly Uint8Array[] =>
  seen.filter((bytes) => bytes.length === 0 || bytes.length >= 16_384);

test('memory is given, as long as nobody says otherwise', async () => {
  const seen = await reads(3, (transport) => expect(transport.givesMemory).toBe(true));
  expect(seen.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(3 * 32_768);
});

test('lent memory is gone after rx', async () => {
  const seen = await reads(4, (transport, bytes) => {
    if (transport.givesMemory) transport.lend(true);
    else expect(bytes.length).toBeGreaterThan(0);
  });
  // of the first it was said too late
  expect(seen[0]?.length).toBeGreaterThan(0);
  expect(large(seen.slice(1)).map((bytes) => bytes.length)).toContain(0);
  expect(large(seen.slice(1)).every((bytes) => bytes.length === 0)).toBe(true);
});

test.each<[string, readonly boolean[]]>([
  ['it is given again', [false]],
  ['it is given, then lent again, for what follows', [false, true]],
])('of what is heard when %s, it is given', async (_what, changes) => {
  let heard = 0;
  const seen = await reads(2, (transport) => {
    heard++;
    if (heard === 1) transport.lend(true);
    else for (const on of changes) transport.lend(on);
  });
  expect(seen.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(2 * 32_768);
});

test('what is put back of lent memory is read again as it was', async () => {
  let putBack = 0;
  const again: number[] = [];
  await reads(3, (transport, bytes) => {
    transport.lend(true);
    if (bytes[0] === 2 && putBack === 0) {
      putBack = bytes.length;
      transport.read(false);
      transport.unread(bytes);
      setTimeout(() => transport.read(true), 5);
    } else again.push(...new Set(bytes));
  });
  await vi.waitUntil(() => again.includes(3));
  expect(putBack).toBeGreaterThan(0);
  expect([...new Set(again)]).toEqual([1, 2, 3]);
});
