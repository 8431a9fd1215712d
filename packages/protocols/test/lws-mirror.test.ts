import { lwsMirror } from '@lws-ts/protocols/lws-mirror';
import { addSpuriousWriteables, connectWsPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { open } from './open.ts';

const protocol = 'lws-mirror-protocol';
const draws = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `d #000000 ${from + at} 0 1 1;`);

test('what one says all get, the sender too, in order', async () => {
  const { vhost } = await open(lwsMirror);
  const a = await connectWsPeer(vhost, { protocol });
  const b = await connectWsPeer(vhost, { protocol });
  await a.text(...draws(0, 3));
  await b.text('c #20ff20 5 5 3;');
  const all = [...draws(0, 3), 'c #20ff20 5 5 3;'];
  expect(a.texts()).toEqual(all);
  expect(b.texts()).toEqual(all);
});

test('each line reaches each of 50 members once, in one write a turn', async () => {
  const { vhost } = await open(lwsMirror);
  const members = [];
  for (let at = 0; at < 50; at++) members.push(await connectWsPeer(vhost, { protocol }));
  const before = members.map(({ server }) => server.writes);
  await members[0]?.text(...draws(0, 10));
  members.forEach((member, at) => {
    expect(member.texts()).toEqual(draws(0, 10));
    expect(member.server.writes - (before[at] ?? 0)).toBeLessThanOrEqual(2);
  });
});

test('?mirror=name is a mirror of its own; a vhost has three', async () => {
  const { vhost } = await open(lwsMirror);
  const a = await connectWsPeer(vhost, { protocol, path: '/?mirror=a' });
  const b = await connectWsPeer(vhost, { protocol, path: '/?mirror=b' });
  const none = await connectWsPeer(vhost, { protocol });
  await a.text('from a');
  await none.text('from none');
  expect(a.texts()).toEqual(['from a']);
  expect(b.texts()).toEqual([]);
  expect(none.texts()).toEqual(['from none']);
  const fourth = await connectWsPeer(vhost, { protocol, path: '/?mirror=c' });
  expect(fourth.closeCode()).toBe(1013);
  await b.peer.reset();
  const fifth = await connectWsPeer(vhost, { protocol, path: '/?mirror=c' });
  await fifth.text('room again');
  expect(fifth.texts()).toEqual(['room again']);
});

test('binary messages stay binary', async () => {
  const { vhost } = await open(lwsMirror);
  const a = await connectWsPeer(vhost, { protocol });
  await a.peer.send(Uint8Array.of(0x82, 0x81, 1, 2, 3, 4, 0x80));
  const [frame] = a.frames();
  expect(frame?.opcode).toBe(2);
  expect([...(frame?.payload ?? [])]).toEqual([0x81]);
});

test('spurious writeables change nothing', async () => {
  const { vhost } = await open(lwsMirror);
  const a = await connectWsPeer(vhost, { protocol });
  await a.text('one');
  await addSpuriousWriteables(vhost.protocols);
  await a.text('two');
  expect(a.texts()).toEqual(['one', 'two']);
});

describe('a member that does not read', () => {
  const line = 'd #123456 '.padEnd(4000, '1');

  test('holds the senders back in bounded memory, and goes after 3 s', async () => {
    const { clock, vhost } = await open(lwsMirror);
    const good = await connectWsPeer(vhost, { protocol });
    const other = await connectWsPeer(vhost, { protocol });
    const slow = await connectWsPeer(vhost, { protocol });
    await slow.peer.read(false);
    const lines = Array.from({ length: 200 }, (_, at) => `${at} ${line}`);
    for (const text of lines) {
      const bytes = Buffer.from(text);
      const head = Buffer.from([
        0x81,
        0x80 | 126,
        bytes.length >> 8,
        bytes.length & 0xff,
        0,
        0,
        0,
        0,
      ]);
      good.peer.push(Buffer.concat([head, bytes]));
    }
    await settle(50);
    const heard = other.texts();
    expect(heard.length).toBeGreaterThan(20);
    expect(heard.length).toBeLessThan(100);
    expect(slow.server.bufferedBytes).toBeLessThan(200_000);
    await clock.advance(2999);
    await settle(20);
    expect(other.texts()).toEqual([]);
    expect(slow.peer.isClosed).toBe(false);
    await clock.advance(1);
    await settle(200);
    await slow.peer.read(true);
    expect(slow.peer.isClosed).toBe(true);
    expect([...heard, ...other.texts()]).toEqual(lines);
    expect(good.texts()).toEqual(lines);
  });

  test('several go together', async () => {
    const { clock, vhost } = await open(lwsMirror);
    const good = await connectWsPeer(vhost, { protocol });
    const slow = [];
    for (let at = 0; at < 5; at++) {
      const member = await connectWsPeer(vhost, { protocol });
      await member.peer.read(false);
      slow.push(member);
    }
    for (let at = 0; at < 100; at++) await good.text(`${at} ${line}`);
    await clock.advance(3000);
    await settle(50);
    for (const { peer } of slow) await peer.read(true);
    expect(slow.every(({ peer }) => peer.isClosed)).toBe(true);
    expect(good.texts().length).toBe(100);
  });

  test('one that goes on in time stays', async () => {
    const { clock, vhost } = await open(lwsMirror);
    const good = await connectWsPeer(vhost, { protocol });
    const slow = await connectWsPeer(vhost, { protocol });
    await slow.peer.read(false);
    const lines = Array.from({ length: 100 }, (_, at) => `${at} ${line}`);
    for (const text of lines) await good.text(text);
    await clock.advance(2000);
    await slow.peer.read(true);
    await settle(100);
    await clock.advance(10_000);
    await settle(20);
    expect(slow.peer.isClosed).toBe(false);
    expect(slow.texts()).toEqual(lines);
    expect(good.texts()).toEqual(lines);
  });
});
