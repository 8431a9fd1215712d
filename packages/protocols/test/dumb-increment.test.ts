import { dumbIncrement } from '@lws-ts/protocols/dumb-increment';
import { addSpuriousWriteables, connectWsPeer } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { open } from './open.ts';

const name = 'dumb-increment-protocol';

test('counts up, one number each 50 ms', async () => {
  const { clock, vhost } = await open(dumbIncrement);
  const peer = await connectWsPeer(vhost, { protocol: name });
  await clock.advance(49);
  expect(peer.texts()).toEqual([]);
  await clock.advance(1);
  expect(peer.texts()).toEqual(['0']);
  await clock.advance(150);
  expect(peer.texts()).toEqual(['1', '2', '3']);
});

test('periodMs sets the period', async () => {
  const { clock, vhost } = await open(dumbIncrement.with({ periodMs: 20 }));
  const peer = await connectWsPeer(vhost, { protocol: name });
  await clock.advance(60);
  expect(peer.texts()).toEqual(['0', '1', '2']);
});

test('each connection has its own count', async () => {
  const { clock, vhost } = await open(dumbIncrement);
  const first = await connectWsPeer(vhost, { protocol: name });
  await clock.advance(100);
  const second = await connectWsPeer(vhost, { protocol: name });
  await clock.advance(50);
  expect(first.texts()).toEqual(['0', '1', '2']);
  expect(second.texts()).toEqual(['0']);
});

test('reset begins again, closeme closes with 1001 seeya', async () => {
  const { clock, vhost } = await open(dumbIncrement);
  const peer = await connectWsPeer(vhost, { protocol: name });
  await clock.advance(150);
  await peer.text('reset\n');
  await clock.advance(50);
  expect(peer.texts()).toEqual(['0', '1', '2', '0']);
  await peer.text('closeme\n');
  const [close] = peer.frames();
  expect(close?.opcode).toBe(8);
  expect(Buffer.from(close?.payload ?? []).toString('latin1')).toBe('\x03\xe9seeya');
});

test('spurious writeables change nothing', async () => {
  const { clock, vhost } = await open(dumbIncrement);
  const peer = await connectWsPeer(vhost, { protocol: name });
  for (let at = 0; at < 3; at++) {
    await addSpuriousWriteables(vhost.protocols);
    await clock.advance(50);
  }
  expect(peer.texts()).toEqual(['0', '1', '2']);
});
