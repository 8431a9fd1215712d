import { echo } from '@lws-ts/protocols/echo';
import { addSpuriousWriteables, clientFrame, connectWsPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { open } from './open.ts';

const protocol = 'echo';

test('messages come back as they were, in order', async () => {
  const { vhost } = await open(echo);
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.text('one', '', 'h\u00e9llo \u2603');
  await peer.peer.send(clientFrame(2, Uint8Array.of(0, 255)));
  const frames = peer.frames();
  expect(frames.map(({ opcode, fin }) => [opcode, fin])).toEqual([
    [1, true],
    [1, true],
    [1, true],
    [2, true],
  ]);
  expect(Buffer.from(frames[2]?.payload ?? []).toString()).toBe('h\u00e9llo \u2603');
  expect([...(frames[3]?.payload ?? [])]).toEqual([0, 255]);
});

test('fragments come back one by one, before the message has ended', async () => {
  const { vhost } = await open(echo);
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.peer.send(clientFrame(1, 'be', { fin: false }));
  await peer.peer.send(clientFrame(0, 'gin', { fin: false }));
  expect(peer.frames().map(({ opcode, fin }) => [opcode, fin])).toEqual([
    [1, false],
    [0, false],
  ]);
  await peer.peer.send(clientFrame(0, 's'));
  const [last] = peer.frames();
  expect([last?.opcode, last?.fin, String(last?.payload)]).toEqual([0, true, '115']);
});

test('a long frame comes back in chunks: nothing is collected', async () => {
  const { vhost } = await open(echo);
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.peer.send(clientFrame(2, new Uint8Array(20_000).fill(7)));
  const frames = peer.frames();
  expect(frames.length).toBeGreaterThan(3);
  expect(frames.map(({ fin }) => fin).indexOf(true)).toBe(frames.length - 1);
  const whole = Buffer.concat(frames.map(({ payload }) => payload));
  expect(whole.equals(Buffer.alloc(20_000, 7))).toBe(true);
});

test('who does not read is not heard', async () => {
  const { vhost } = await open(echo);
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.peer.read(false);
  for (let at = 0; at < 100; at++) peer.peer.push(clientFrame(2, new Uint8Array(16_000)));
  await settle(20);
  expect(peer.server.bufferedBytes).toBeLessThan(200_000);
  await peer.peer.read(true);
  await settle(200);
  const bytes = peer.frames().reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bytes).toBe(1_600_000);
});

test('spurious writeables change nothing', async () => {
  const { vhost } = await open(echo);
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.text('one');
  await addSpuriousWriteables(vhost.protocols);
  await peer.text('two');
  expect(peer.texts()).toEqual(['one', 'two']);
});
