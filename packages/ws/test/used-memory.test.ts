import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type FrameBytes, MessageBuffer } from '../src/message-buffer.ts';
import { leaveMemory, usedMemory } from '../src/used-memory.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const kib = 1024;
const mib = 1024 * kib;

describe('memory that a message left', () => {
  test('is had again by its length, once, the last one first', () => {
    const [first, last, other] = [64 * kib, 64 * kib, 65 * kib].map((size) => new Uint8Array(size));
    for (const memory of [first, last, other]) leaveMemory(memory as Uint8Array);
    expect(usedMemory(64 * kib + 1)).toBeUndefined();
    expect(usedMemory(64 * kib)).toBe(last);
    expect(usedMemory(64 * kib)).toBe(first);
    expect(usedMemory(64 * kib)).toBeUndefined();
    expect(usedMemory(65 * kib)).toBe(other);
  });

  test('is not kept when it is little, and goes back to the system when it is more than may be kept', () => {
    const little = new Uint8Array(64 * kib - 1);
    leaveMemory(little);
    const much = new Uint8Array(8 * mib + 1);
    leaveMemory(much);
    expect([little.length, much.length]).toEqual([0, 0]);
    const some = Array.from({ length: 10 }, () => new Uint8Array(mib));
    for (const memory of some) leaveMemory(memory);
    expect(some.map(({ length }) => length / mib)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    // what was had again does not count
    usedMemory(mib);
    leaveMemory(new Uint8Array(mib));
    expect(some[2]?.length).toBe(mib);
  });

  test('is garbage like any other', async () => {
    const before = await inUseBelow(mib);
    const lengths = [2 * mib, 3 * mib];
    for (const length of lengths) leaveMemory(new Uint8Array(length));
    expect(process.memoryUsage().arrayBuffers).toBeGreaterThan(before + 4 * mib);
    expect(await inUseBelow(before + mib)).toBeLessThan(before + mib);
    expect(lengths.map(usedMemory)).toEqual([undefined, undefined]);
  });
});

/** Collects until less than `bytes` of buffers are in use, or no more of it goes; returns how much there is. */
async function inUseBelow(bytes: number): Promise<number> {
  for (let times = 0; times < 100 && process.memoryUsage().arrayBuffers >= bytes; times++) {
    // what was looked at or made in a job is alive until its end, and V8 frees memory in a thread of its own
    await sleep(5);
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

describe('messages that are put together', () => {
  const frame: FrameBytes = { remaining: 0, fin: true, ascii: true };
  const text = 'x'.repeat(100_000);

  function put(buffer: MessageBuffer, bytes: Uint8Array): void {
    const half = bytes.length >> 1;
    buffer.append(bytes, 0, half, { ...frame, remaining: bytes.length - half });
    buffer.append(bytes, half, bytes.length, frame);
  }

  test('use the memory of a text before, and show nothing of it', () => {
    const buffer = new MessageBuffer(mib);
    put(buffer, Buffer.from(text));
    const size = buffer.allocated;
    expect(buffer.takeText()).toBe(text);
    const memory = usedMemory(size) as Uint8Array;
    expect(memory.length).toBe(100_010);
    leaveMemory(memory);
    const bytes = new Uint8Array(100_000).map((_byte, at) => at % 251);
    put(buffer, bytes);
    const taken = buffer.takeBinary();
    expect(taken.buffer).toBe(memory.buffer);
    expect(Buffer.compare(taken, bytes)).toBe(0);
  });

  test('never that of a message that the program has', () => {
    const buffer = new MessageBuffer(mib);
    const bytes = new Uint8Array(100_000).fill(1);
    put(buffer, bytes);
    const taken = buffer.takeBinary();
    put(buffer, new Uint8Array(100_000).fill(2));
    const next = buffer.takeBinary();
    expect(next.buffer).not.toBe(taken.buffer);
    expect([taken[0], taken.at(-1), next[0]]).toEqual([1, 1, 2]);
  });
});
