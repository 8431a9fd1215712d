/** What a prepared message is on the wire, and how many ways of it are kept. */
import { protocol } from '@lws-ts/interface';
import { MemoryTransport } from '@lws-ts/test-kit';
import type { ExtensionSession } from '@lws-ts/ws-framing';
import { expect, test, vi } from 'vitest';
import { EncodedMessage, prepare } from '../src/prepared-message.ts';
import { serve } from './server.ts';
import { text, WsClient } from './ws-client.ts';

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

test('frames are Buffers in memory of their own, however short', () => {
  const message = new EncodedMessage(new Uint8Array(1000), false);
  const frames = [message.frame, message.encodedBy(session(300, 128).session, 'frames')];
  for (const bytes of frames) {
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
  }
});

test('up to 16 KiB goes to all from the same memory, where it is all they are told', async () => {
  const message = prepare('x'.repeat(16_000)) as EncodedMessage;
  let behind: string | undefined;
  const news = protocol({
    name: 'news',
    ws: {
      message: (wsi) => wsi.requestWriteableAll(),
      writeable(_wsi, tx) {
        tx.prepared(message);
        if (behind !== undefined) tx.text(behind);
      },
    },
  });
  const { vhost } = await serve(news.with({ default: true }));
  const clients: WsClient[] = [];
  for (let at = 0; at < 3; at++) clients.push(await WsClient.open(vhost));
  const write = vi.spyOn(MemoryTransport.prototype, 'write');
  for (const own of [undefined, 'own']) {
    behind = own;
    write.mockClear();
    await clients[0]?.send(text('go'));
    const frames = write.mock.calls.map(([bytes]) => bytes).filter(({ length }) => length > 16_000);
    expect(frames.map((bytes) => bytes === message.frame)).toEqual(
      Array(3).fill(own === undefined),
    );
    const heard = ['text of 16000', ...(own === undefined ? [] : [`text "${own}"`])];
    for (const client of clients) expect(client.take()).toEqual(heard);
  }
  write.mockRestore();
});
