/** What a prepared message is on the wire, and how many ways of it are kept. */
import type { ExtensionSession } from '@lws-ts/ws-framing';
import { expect, test } from 'vitest';
import { EncodedMessage, prepare } from '../src/prepared-message.ts';

/** An extension that makes of any message `length` octets, and counts how often it is asked. */
function session(
  length: number,
  txChunk = 65_536,
): { session: ExtensionSession; asked: () => number } {
  let asked = 0;
  const encode = (): Uint8Array => {
    asked++;
    return new Uint8Array(length);
  };
  return { session: { encode, txChunk } as unknown as ExtensionSession, asked: () => asked };
}

test('is kept in eight ways, others are made each time', () => {
  const message = new EncodedMessage(new Uint8Array(100), true);
  const { session: used, asked } = session(10);
  for (let round = 0; round < 2; round++)
    for (let way = 0; way < 10; way++) message.encodedBy(used, `way ${way}`);
  expect(asked()).toBe(12);
});

test('goes encoded when it gets smaller, and as it is when it does not', () => {
  const message = new EncodedMessage(new Uint8Array(100), true);
  expect([...message.encodedBy(session(99).session, 'smaller').subarray(0, 2)]).toEqual([0xc2, 99]);
  expect(message.encodedBy(session(100).session, 'same')).toBe(message.frame);
  expect([...message.frame.subarray(0, 2)]).toEqual([0x82, 100]);
});

test('goes in frames of what the extension has for one, RSV1 on the first alone', () => {
  const message = new EncodedMessage(new Uint8Array(1000), false);
  const wire = message.encodedBy(session(300, 128).session, 'frames');
  expect(wire.length).toBe(4 + 128 + 4 + 128 + 2 + 44);
  expect([...wire.subarray(0, 4)]).toEqual([0x41, 126, 0, 128]);
  expect([...wire.subarray(132, 136)]).toEqual([0x00, 126, 0, 128]);
  expect([...wire.subarray(264, 266)]).toEqual([0x80, 44]);
});

test('bytes are copied: what the program does with them later is not sent', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const message = prepare(bytes) as EncodedMessage;
  bytes.fill(9);
  expect([...message.payload]).toEqual([1, 2, 3]);
  expect([...message.frame]).toEqual([0x82, 3, 1, 2, 3]);
});
