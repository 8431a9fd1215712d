/** Long frames, in slices: what stands on the wire when the transport takes all, some, or nothing of it. */
import { randomBytes } from 'node:crypto';
import type { CodedError, RoleHost } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { FrameOutput } from '../src/frame-output.ts';

/** A host whose transport takes `slices` slices and then keeps what comes; `between` runs at each flush. */
function hostFor(slices: number, between: () => void = () => undefined) {
  const wire: Buffer[] = [];
  const failed: string[] = [];
  const transport = { bufferedBytes: 0 };
  let room = new Uint8Array(0);
  let pending = 0;
  let flushes = 0;
  const host = {
    transport,
    reservedAt: 3,
    reserve(bytes: number) {
      room = new Uint8Array(bytes + 3);
      return room;
    },
    commit(bytes: number) {
      wire.push(Buffer.from(room.subarray(3, 3 + bytes)));
      pending = bytes;
    },
    flush() {
      between();
      const taken = ++flushes <= slices;
      if (!taken) transport.bufferedBytes += pending;
      return taken;
    },
    writeOwned: (bytes: Uint8Array) => void wire.push(Buffer.from(bytes)),
    fail: (error: CodedError) => void failed.push(error.code),
  };
  return { host: host as unknown as RoleHost, wire: () => Buffer.concat(wire), failed };
}

/** The payload of the one frame with a 64-bit length that `wire` is, unmasked octet by octet. */
function payloadOf(wire: Buffer, masked: boolean): Buffer {
  expect(wire[1]).toBe(masked ? 0xff : 0x7f);
  const length = Number(wire.readBigUInt64BE(2));
  const key = masked ? wire.subarray(10, 14) : Buffer.alloc(4);
  const payload = wire.subarray(masked ? 14 : 10);
  expect(payload.length).toBe(length);
  return payload.map((byte, at) => byte ^ (key[at % 4] as number)) as Buffer;
}

describe.each([
  ['a client', true],
  ['a server', false],
])('%s', (_side, masked) => {
  // odd lengths: no slice but the first begins where the key does
  const payload = randomBytes(900_001);

  test.each([0, 1, 2, 10])('a transport that takes %i slices', (slices) => {
    const { host, wire, failed } = hostFor(slices);
    new FrameOutput(host, masked, 2 ** 20).bytes(2, true, payload);
    expect(payloadOf(wire(), masked).equals(payload)).toBe(true);
    expect(failed).toEqual([]);
  });

  test('another frame between its slices takes a key of its own', () => {
    const other = new FrameOutput(hostFor(0).host, masked, 2 ** 20);
    const { host, wire } = hostFor(10, () => other.bytes(2, true, Uint8Array.of(1)));
    new FrameOutput(host, masked, 2 ** 20).bytes(2, true, payload);
    expect(payloadOf(wire(), masked).equals(payload)).toBe(true);
  });

  test('a text longer than maxOutputBytes is told from bytes by nothing', () => {
    const text = 'äöü€'.repeat(50_000);
    const { host, wire } = hostFor(10);
    new FrameOutput(host, masked, 65_536).text(1, true, text);
    expect(payloadOf(wire(), masked).toString()).toBe(text);
  });

  test('more than maxOutputBytes left: failed, and no more is kept of it', () => {
    const { host, wire, failed } = hostFor(0);
    new FrameOutput(host, masked, 800_000).bytes(2, true, payload);
    expect(failed).toEqual(['LWS_ERR_WS_OUTPUT']);
    expect(wire().length).toBe(256 * 1024);
  });

  test('what the transport keeps already counts', () => {
    // one slice is taken; of the next the transport keeps all, and the rest fits by itself
    const { host, failed } = hostFor(1);
    new FrameOutput(host, masked, 500_000).bytes(2, true, payload);
    expect(failed).toEqual(['LWS_ERR_WS_OUTPUT']);
  });
});
