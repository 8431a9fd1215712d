/** Any order of events, on connections that share a loop: nothing is lost, doubled, mixed or left behind. */
import { createContext } from '@lws-ts/core';
import type { Held } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineState, lines } from './line-role.ts';

captureLog();
const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);

/** What a line asks its handler to do beside echoing it. */
const asks = ['', '', 'off', 'ask', 'hold', 'throw', 'close', 'finish', 'abort', 'big', 'owned'];
const acts = ['on', 'off', 'ask', 'askAll', 'accept', 'refuse', 'close', 'abort', 'timer'] as const;

type Event =
  | { readonly kind: 'send'; readonly asks: readonly string[]; readonly cut: number }
  | { readonly kind: 'act'; readonly act: (typeof acts)[number] }
  | { readonly kind: 'peer'; readonly does: 'stop' | 'listen' | 'fin' | 'reset' }
  | { readonly kind: 'advance'; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      asks: fc.array(fc.constantFrom(...asks), { minLength: 1, maxLength: 8 }),
      cut: fc.nat(30),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('act' as const), act: fc.constantFrom(...acts) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('peer' as const),
      does: fc.constantFrom('stop' as const, 'listen' as const, 'fin' as const, 'reset' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 50, 999, 1000, 5000, 20_000),
    }),
  },
);
const script = fc.array(fc.tuple(fc.nat(2), event, fc.boolean()), { maxLength: 30 });

interface Side {
  readonly line: LineState;
  readonly peer: Awaited<ReturnType<typeof connectRawPeer>>['peer'];
  /** What the peer said, and what the role answered: each a line with its number. */
  readonly said: string[];
  readonly answered: string[];
  held: Held | undefined;
  sent: number;
  owed: number;
}

/** Peers that took no part in this are counted; the events of a play are what it covered. */
async function play(events: readonly (readonly [number, Event, boolean])[]): Promise<string[]> {
  const sides = new Map<LineState, Side>();
  const broken: string[] = [];
  const module = lines({
    line(line, text) {
      const side = sides.get(line) as Side;
      const [number = '', ask = ''] = text.split(' ');
      if (ask === 'throw') throw new Error('asked to');
      const answer = ask === 'big' ? `${number} ${'x'.repeat(7000)}\n` : `${number}\n`;
      side.answered.push(answer);
      if (ask === 'owned') {
        side.owed++;
        line.host.writeOwned(Buffer.from(answer), () => side.sent++);
      } else line.say(answer);
      if (ask === 'off') line.host.rxFlowControl(false);
      if (ask === 'ask') line.host.requestWriteable();
      if (ask === 'hold') side.held = line.host.hold(() => undefined);
      if (ask === 'close') line.host.close(1000, '');
      if (ask === 'finish') line.host.finish();
      if (ask === 'abort') line.host.abort();
    },
    writeable(line) {
      if (line.events.some((one) => one.startsWith('gone'))) broken.push('writeable after gone');
    },
    closing: (line) => line.events.length % 2 === 0,
  });
  const clock = new VirtualClock();
  const context = await createContext({ use: [module], clock, port: -1, txBudget: 4096 });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  for (let at = 0; at < 3; at++) {
    const { peer } = await connectRawPeer(vhost, { capacity: 3000 });
    const line = module.states[at] as LineState;
    const side = { line, peer, said: [], answered: [], held: undefined, sent: 0, owed: 0 };
    sides.set(line, side);
  }
  for (const [which, one, wait] of events) {
    const side = [...sides.values()][which] as Side;
    const { host } = side.line;
    if (one.kind === 'send') {
      const numbered = one.asks.map((ask, at) => `${side.said.length + at} ${ask}`);
      side.said.push(...numbered);
      const bytes = `${numbered.join('\n')}\n`;
      side.peer.push(bytes.slice(0, one.cut));
      if (wait) await settle(1);
      side.peer.push(bytes.slice(one.cut));
    } else if (one.kind === 'act') {
      if (one.act === 'on' || one.act === 'off') host.rxFlowControl(one.act === 'on');
      else if (one.act === 'ask') host.requestWriteable();
      else if (one.act === 'askAll')
        for (const { line } of sides.values()) line.host.requestWriteable();
      else if (one.act === 'accept') side.held?.accept();
      else if (one.act === 'refuse') side.held?.refuse(500);
      else if (one.act === 'close') host.close(1000, '');
      else if (one.act === 'abort') host.abort();
      else host.setTimerMs(10);
    } else if (one.kind === 'advance') await clock.advance(one.ms);
    else if (one.does === 'fin') await side.peer.end();
    else if (one.does === 'reset') await side.peer.reset();
    else await side.peer.read(one.does === 'listen');
    if (wait) await settle(2);
  }
  // whoever is still there gets all that was said and answers all of it, once nothing holds it back
  for (const { peer } of sides.values()) await peer.read(true);
  for (let round = 0; round < 300; round++) {
    for (const { line, held } of sides.values()) {
      line.host.rxFlowControl(true);
      held?.accept();
    }
    await settle(1);
  }
  await settle(50);
  let alive = 0;
  for (const { line, peer, said, answered, owed, sent } of sides.values()) {
    if (!line.host.open) continue;
    alive++;
    expect(line.events.filter((name) => /^[0-9]/.test(name))).toEqual(said);
    expect(peer.text).toBe(answered.join(''));
    expect(sent).toBe(owed);
  }
  const closing = context.close({ deadlineSecs: 3 });
  await clock.advance(3000);
  const report = await closing;
  expect(report.closed + report.cut).toBeLessThanOrEqual(3);
  expect(report.elapsedMs).toBeLessThanOrEqual(3000);
  await settle();
  for (const { line, peer, said, answered, owed, sent } of sides.values()) {
    const { events: seen } = line;
    // gone comes once and last
    expect(seen.filter((name) => name.startsWith('gone'))).toHaveLength(1);
    expect(seen.at(-1)).toMatch(/^gone/);
    expect(seen.filter((name) => name === 'fin').length).toBeLessThanOrEqual(1);
    expect(seen.filter((name) => name.startsWith('closing')).length).toBeLessThanOrEqual(1);
    // lines are those that were said, from the first one on, in order
    const delivered = seen.filter((name) => /^[0-9]/.test(name));
    expect(delivered).toEqual(said.slice(0, delivered.length));
    // answers arrive whole and in order, as far as they arrive
    expect(answered.join('').startsWith(peer.text)).toBe(true);
    expect(sent).toBeLessThanOrEqual(owed);
  }
  expect(broken).toEqual([]);
  expect(context.counters.wsi_alive).toBe(0);
  expect(context.loop.wheel.size).toBe(0);
  expect(clock.pending).toBe(0);
  return [
    ...module.states.flatMap(({ events: seen }) =>
      seen.map((name) => name.replace(/^[0-9]+ /, '')),
    ),
    ...Array.from({ length: alive }, () => 'alive'),
  ];
}

test('any order of events', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(script, async (events) => {
      for (const name of await play(events)) seen.set(name, (seen.get(name) ?? 0) + 1);
    }),
    { numRuns: 150 * depth },
  );
  // it is no attack when it does not get there
  for (const name of [
    '',
    'off',
    'ask',
    'hold',
    'throw',
    'close',
    'finish',
    'abort',
    'big',
    'owned',
  ])
    expect(seen.get(name), name).toBeGreaterThan(0);
  for (const name of [
    'alive',
    'writeable',
    'threw',
    'fin',
    'drained',
    'gone',
    'gone LWS_ERR_TRANSPORT_RESET',
  ])
    expect(seen.get(name), name).toBeGreaterThan(0);
});
