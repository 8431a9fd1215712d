import { describe, expect, test } from 'vitest';
import { copyBytes, decodeText, type FrameBytes, MessageBuffer } from '../src/message-buffer.ts';

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
});
