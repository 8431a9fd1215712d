import { setLogLevel } from '@lws-ts/core';
import {
  type FraggleRound,
  type FraggleWatcher,
  fraggle,
  fraggleLines,
  watchedFraggle,
} from '@lws-ts/protocols/fraggle';
import {
  addSpuriousWriteables,
  clientFrame,
  connectWsPeer,
  type HeardFrame,
  settle,
} from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { open } from './open.ts';

const protocol = 'fraggle-protocol';

/** A watcher that keeps what it is told. */
function keeper() {
  const sent: FraggleRound[] = [];
  const received: FraggleRound[] = [];
  const watcher: FraggleWatcher = {
    sent: (_side, _id, round) => void sent.push(round),
    received: (_side, _id, round) => void received.push(round),
  };
  return { sent, received, watcher };
}

/** Messages as frames: what begins with an opcode and ends with FIN. */
function messages(frames: readonly HeardFrame[]): HeardFrame[][] {
  const found: HeardFrame[][] = [];
  for (const frame of frames)
    if (frame.opcode === 0) found.at(-1)?.push(frame);
    else found.push([frame]);
  return found;
}

const sum = (frames: readonly HeardFrame[]): number =>
  frames.reduce((total, { payload }) => payload.reduce((one, byte) => one + byte, total), 0);

/** A message of those bytes, and one with the sum that it claims. */
const round = (bytes: number[], claimed: number): Uint8Array[] => [
  clientFrame(2, Uint8Array.from(bytes.slice(0, 2)), { fin: false }),
  clientFrame(0, Uint8Array.from(bytes.slice(2))),
  clientFrame(2, Uint8Array.of(0, claimed >> 16, claimed >> 8, claimed)),
];

describe('what a server sends', () => {
  test('a binary message of many fragments, then its sum, and so on; closed with 1000 after `rounds`', async () => {
    const { sent, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher).with({ seed: 1, rounds: 3 }));
    const peer = await connectWsPeer(vhost, { protocol });
    await settle(300);
    const frames = peer.frames();
    expect(frames.at(-1)?.opcode).toBe(8);
    expect([...(frames.at(-1)?.payload ?? [])]).toEqual([3, 232]);
    const said = messages(frames.slice(0, -1));
    expect(said).toHaveLength(6);
    for (let at = 0; at < 6; at += 2) {
      const spam = said[at] ?? [];
      const told = said[at + 1] ?? [];
      expect(spam[0]?.opcode).toBe(2);
      expect(spam.length).toBeLessThanOrEqual(1024);
      expect(spam.every(({ payload }) => payload.length >= 1 && payload.length <= 512)).toBe(true);
      expect(spam.map(({ fin }) => fin).indexOf(true)).toBe(spam.length - 1);
      expect(told.map(({ opcode, fin }) => [opcode, fin])).toEqual([[2, true]]);
      const bytes = Buffer.from(told[0]?.payload ?? []);
      expect([bytes.length, bytes.readUInt32BE()]).toEqual([4, sum(spam)]);
      expect(sent[at / 2]).toMatchObject({ fragments: spam.length, sum: sum(spam) });
    }
  });

  test.each([
    ['the same seed', 7, true],
    ['another seed', 8, false],
  ])('%s, the same rounds: %s', async (_name, seed, same) => {
    const first = keeper();
    const second = keeper();
    for (const [{ watcher }, of] of [[first, 7] as const, [second, seed] as const]) {
      const { vhost } = await open(watchedFraggle(watcher).with({ seed: of, rounds: 2 }));
      await connectWsPeer(vhost, { protocol });
      await settle(200);
    }
    expect(first.sent).toHaveLength(2);
    expect(JSON.stringify(first.sent) === JSON.stringify(second.sent)).toBe(same);
  });

  test('without a seed each connection has rounds of its own, without end', async () => {
    const { sent, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher));
    const one = await connectWsPeer(vhost, { protocol });
    const other = await connectWsPeer(vhost, { protocol });
    for (let turn = 0; turn < 100 && sent.length < 12; turn++) await settle(10);
    expect(sent.length).toBeGreaterThanOrEqual(12);
    expect(new Set(sent.map((each) => each.sum)).size).toBe(sent.length);
    expect([one.peer.isClosed, other.peer.isClosed]).toEqual([false, false]);
  });

  test('spurious writeables change nothing', async () => {
    const first = keeper();
    const second = keeper();
    for (const { watcher } of [first, second]) {
      const { vhost } = await open(watchedFraggle(watcher).with({ seed: 7, rounds: 2 }));
      const peer = await connectWsPeer(vhost, { protocol });
      if (watcher === second.watcher) await addSpuriousWriteables(vhost.protocols, 20);
      await settle(200);
      expect(messages(peer.frames().slice(0, -1))).toHaveLength(4);
    }
    expect(second.sent).toEqual(first.sent);
  });
});

describe('what a server is sent', () => {
  test.each([
    ['right', 1 + 2 + 3, true],
    ['wrong', 1 + 2 + 4, false],
  ])('a sum that is %s', async (_name, claimed, ok) => {
    const { received, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher));
    const peer = await connectWsPeer(vhost, { protocol });
    await peer.peer.send(Buffer.concat(round([1, 2, 3], claimed)));
    expect(received).toEqual([{ bytes: 3, fragments: 2, sum: 6, told: claimed, ok }]);
  });

  test('byte by byte: the sum too', async () => {
    const { received, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher));
    const peer = await connectWsPeer(vhost, { protocol });
    const wire = Buffer.concat([...round([9, 9, 250], 268), ...round([1, 1, 1], 3)]);
    for (const byte of wire) await peer.peer.send(Uint8Array.of(byte));
    expect(received.map(({ bytes, ok }) => [bytes, ok])).toEqual([
      [3, true],
      [3, true],
    ]);
  });

  test.each([3, 5])('a sum of %i bytes is wrong', async (length) => {
    const { received, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher));
    const peer = await connectWsPeer(vhost, { protocol });
    await peer.peer.send(clientFrame(2, Uint8Array.of(6)));
    await peer.peer.send(clientFrame(2, new Uint8Array(length).fill(6, length - 1)));
    expect(received).toEqual([{ bytes: 1, fragments: 1, sum: 6, told: 6, ok: false }]);
  });

  test('`both`: it stays until it got as many rounds as it sent', async () => {
    const { sent, received, watcher } = keeper();
    const { vhost } = await open(watchedFraggle(watcher).with({ rounds: 1, both: true }));
    const peer = await connectWsPeer(vhost, { protocol });
    await settle(200);
    expect(sent).toHaveLength(1);
    expect(peer.closeCode()).toBe(undefined);
    await peer.peer.send(Buffer.concat(round([1, 2, 3], 6)));
    expect(received).toHaveLength(1);
    expect(peer.closeCode()).toBe(1000);
  });

  test('`both`: a client that says nothing in its turn for 10 s is closed with 1008', async () => {
    const silent: number[] = [];
    const { watcher } = keeper();
    const told = { ...watcher, silent: (id: number) => void silent.push(id) };
    const { clock, vhost } = await open(watchedFraggle(told).with({ both: true }));
    const peer = await connectWsPeer(vhost, { protocol });
    await settle(200);
    const [first, ...rest] = round([1, 2, 3], 6);
    await clock.advance(6000);
    await peer.peer.send(first as Uint8Array);
    await clock.advance(13_000);
    expect([peer.closeCode(), silent]).toEqual([undefined, []]);
    for (const frame of rest) await peer.peer.send(frame);
    await settle(200);
    await clock.advance(9000);
    expect([peer.closeCode(), silent]).toEqual([undefined, []]);
    await clock.advance(2000);
    expect(peer.closeCode()).toBe(1008);
    expect(silent).toHaveLength(1);
  });

  test('without `both` a client may say nothing', async () => {
    const { watcher } = keeper();
    const { clock, vhost } = await open(watchedFraggle(watcher).with({ seed: 1 }));
    const peer = await connectWsPeer(vhost, { protocol });
    await settle(50);
    await clock.advance(15_000);
    await settle(50);
    expect(peer.closeCode()).toBe(undefined);
  });
});

test('the lines of the original', () => {
  const right: FraggleRound = { bytes: 300, fragments: 2, sum: 0x1ab, told: 0x1ab, ok: true };
  const wrong: FraggleRound = { ...right, told: 0xff, ok: false };
  expect(fraggleLines.received('client', right)).toBe(
    'EOM received 300 correctly from 2 fragments',
  );
  expect(fraggleLines.received('client', wrong)).toBe(
    '**** ERROR at EOM: length 300, rx sum = 0x1AB, server says it sent 0xFF',
  );
  expect(fraggleLines.received('server', wrong)).toContain('client says it sent 0xFF');
  expect(fraggleLines.sending(5)).toBe('Spamming 5 random fragments');
  expect(fraggleLines.sent(right)).toBe('Spamming session over, len = 300. sum = 0x1AB');
});

test('`fraggle` itself logs them', async () => {
  const lines: string[] = [];
  setLogLevel(undefined, (_level, line) => void lines.push(line));
  const { vhost } = await open(fraggle.with({ rounds: 1 }));
  const peer = await connectWsPeer(vhost, { protocol });
  await peer.peer.send(Buffer.concat(round([1, 2, 3], 7)));
  await settle(200);
  setLogLevel(undefined, () => undefined);
  const text = lines.join('\n');
  expect(text).toContain('server sees client connect');
  expect(text).toMatch(/Spamming \d+ random fragments/);
  expect(text).toMatch(/Spamming session over, len = \d+\. sum = 0x[0-9A-F]+/);
});

test.each([0, -1])('%i rounds are none: LWS_ERR_PVO', async (rounds) => {
  await expect(open(fraggle.with({ rounds }))).rejects.toMatchObject({ code: 'LWS_ERR_PVO' });
});
