import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  copyBeside,
  copyBytes,
  decodeText,
  type FrameBytes,
  MessageBuffer,
  releaseCopied,
} from '../src/message-buffer.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const frame = (remaining: number, fin: boolean, ascii = false): FrameBytes => ({
  remaining,
  fin,
  ascii,
});

describe('MessageBuffer', () => {
  test('a binary message of one frame is given away in memory of its size and that of a header before it', () => {
    const buffer = new MessageBuffer(1 << 20);
    const data = new Uint8Array(20_000).fill(7);
    buffer.append(data, 0, 15_000, frame(5000, true));
    buffer.append(data, 15_000, 20_000, frame(0, true));
    const taken = buffer.takeBinary();
    expect([taken.byteOffset, taken.length, taken.buffer.byteLength]).toEqual([10, 20_000, 20_010]);
    expect(Buffer.from(taken).equals(Buffer.from(data))).toBe(true);
    expect(buffer.length).toBe(0);
  });

  test('a header that announces much pins little', () => {
    const buffer = new MessageBuffer(1 << 30);
    buffer.append(Uint8Array.of(1), 0, 1, frame((1 << 30) - 1, true));
    const taken = buffer.takeBinary();
    expect(taken).toEqual(Uint8Array.of(1));
    expect(taken.buffer.byteLength).toBe(1);
  });

  test('a message of 1 MiB is allocated whole once 64 KiB of it came, one of 1 GiB is not', () => {
    const chunk = new Uint8Array(64 * 1024);
    const allocated = (length: number): number => {
      const buffer = new MessageBuffer(length);
      for (let came = chunk.length; came <= 3 * chunk.length; came += chunk.length)
        buffer.append(chunk, 0, chunk.length, frame(length - came, true));
      return buffer.allocated;
    };
    expect(allocated(1 << 20)).toBe((1 << 20) + 10);
    expect(allocated(1 << 30)).toBe(16 * 2 * chunk.length + 10);
  });

  test('bytes one by one are copied in linear time', () => {
    const buffer = new MessageBuffer(1 << 20);
    const one = Uint8Array.of(0x61);
    const began = performance.now();
    for (let count = 0; count < 300_000; count++) buffer.append(one, 0, 1, frame(0, false, true));
    expect(buffer.length).toBe(300_000);
    expect(buffer.takeText()).toBe('a'.repeat(300_000));
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('text is ASCII only while all of it is', () => {
    const buffer = new MessageBuffer(100);
    const data = new TextEncoder().encode('ab\u00e9');
    buffer.append(data, 0, 2, frame(2, true, true));
    buffer.append(data, 2, 4, frame(0, true, false));
    expect(buffer.takeText()).toBe('ab\u00e9');
    buffer.append(data, 0, 2, frame(0, true, true));
    expect(buffer.takeText()).toBe('ab');
  });

  test('a message that nobody takes any more is forgotten', () => {
    const buffer = new MessageBuffer(100);
    buffer.append(Uint8Array.of(0xc3), 0, 1, frame(2, true, false));
    buffer.clear();
    expect(buffer.length).toBe(0);
    buffer.append(Uint8Array.of(0x61), 0, 1, frame(0, true, true));
    expect(buffer.takeText()).toBe('a');
  });

  test('an empty message has an array of its own', () => {
    const buffer = new MessageBuffer(100);
    expect(buffer.takeText()).toBe('');
    expect(buffer.takeBinary()).not.toBe(buffer.takeBinary());
  });
});

test.each([
  ['a Buffer', Buffer.from('xh\u00e9y')],
  ['a plain array', new Uint8Array(Buffer.from('xh\u00e9y'))],
])('decodeText and copyBytes of a part of %s', (_name, bytes) => {
  expect(decodeText(bytes, 1, 4, false)).toBe('h\u00e9');
  expect(decodeText(bytes, 1, 2, true)).toBe('h');
  const copy = copyBytes(bytes, 1, 4);
  expect([...copy]).toEqual([...bytes].slice(1, 4));
  expect(Buffer.isBuffer(copy)).toBe(false);
  expect(copy.buffer.byteLength).toBe(3);
  copy.fill(0);
  expect([...copyBytes(bytes, 0, 4)]).toEqual([...bytes].slice(0, 4));
});

test('a copy of much has memory of its own', () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => at);
  const copy = copyBytes(bytes, 100, 9900);
  expect(copy).toEqual(bytes.slice(100, 9900));
  expect(copy.buffer.byteLength).toBe(9800);
});

describe('copies beside each other', () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, at) => at * 7);
  const part = (at: number, length: number): Uint8Array => bytes.slice(at, at + length);
  afterEach(() => releaseCopied());

  test('stay what they are, however long each is, and have at most so many times what each is', () => {
    const lengths = [70, 70, 70, 500, 65, 70, 300, 300, 300, 300, 300, 300, 3000, 65, 65, 65];
    let at = 0;
    const copies = lengths.map((length) => {
      at += length + 6;
      return { copy: copyBeside(bytes, at, at + length, 16), at, length };
    });
    for (const { copy, at: from, length } of copies) {
      expect(copy).toEqual(part(from, length));
      expect(copy.buffer.byteLength).toBeLessThanOrEqual(16 * length);
    }
  });

  test('one alone has memory of its own, and twenty have three', () => {
    const copies = Array.from({ length: 20 }, (_, n) =>
      copyBeside(bytes, n * 156, n * 156 + 150, 16),
    );
    expect(copies[0]?.buffer.byteLength).toBe(150);
    expect(new Set(copies.map(({ buffer }) => buffer)).size).toBe(3);
    for (const [n, copy] of copies.entries()) expect(copy).toEqual(part(n * 156, 150));
  });

  test('show nothing of others where nothing was copied yet', () => {
    const unset = vi
      .spyOn(Buffer, 'allocUnsafeSlow')
      .mockImplementation((length) => Buffer.alloc(length, 0xaa));
    onTestFinished(() => unset.mockRestore());
    for (let n = 0; n < 6; n++) copyBeside(bytes, n, n + 500, 16);
    const last = copyBeside(bytes, 100, 600, 16);
    const behind = new Uint8Array(last.buffer, last.byteOffset + 500);
    expect([behind.length > 4096, behind.every((byte) => byte === 0)]).toEqual([true, true]);
  });

  test('have no more than what is left of the read', () => {
    const short = bytes.slice(0, 800);
    for (let n = 0; n < 4; n++) copyBeside(short, n * 150, (n + 1) * 150, 16);
    const last = copyBeside(short, 600, 800, 16);
    expect([last, last.buffer.byteLength]).toEqual([short.slice(600), 200]);
  });

  test.each<[string, () => void]>([
    ['of another read', () => void copyBytes(new Uint8Array(100), 0, 10)],
    ['behind the end of the read', () => releaseCopied()],
  ])('share nothing with those %s', (_which, between) => {
    const before = [1, 2, 3].map((n) => copyBeside(bytes, n * 100, n * 100 + 100, 16));
    between();
    const after = copyBeside(bytes, 500, 600, 16);
    expect(before.map(({ buffer }) => buffer)).not.toContain(after.buffer);
    expect(before).toEqual([1, 2, 3].map((n) => part(n * 100, 100)));
  });
});

test.each<[string, (bytes: Uint8Array) => void]>([
  ['when the read is over', (bytes) => [copyBytes(bytes, 0, 10), releaseCopied()]],
  [
    'when a message in pieces was taken',
    (bytes) => {
      const buffer = new MessageBuffer(100);
      buffer.append(bytes, 0, 10, { remaining: 20, fin: false, ascii: false });
      copyBytes(bytes, 0, 10);
      buffer.takeBinary();
    },
  ],
])('what was copied from is let go %s', async (_when, copies) => {
  const read = (): WeakRef<Uint8Array> => {
    const bytes = new Uint8Array(1000);
    copies(bytes);
    return new WeakRef(bytes);
  };
  const bytes = read();
  // what a WeakRef gave, or was made of, lives to the end of its job
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(bytes.deref()).toBeUndefined();
});
