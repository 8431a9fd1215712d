import type { RoleState } from '@lws-ts/interface';
import { settle, VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { absentTransport } from '../src/absent-transport.ts';
import { type DeadlineOwner, type Deadlines, SpareDeadlines } from '../src/deadlines.ts';
import { TimerWheel } from '../src/timer-wheel.ts';

function owned(role: Partial<RoleState> = {}) {
  const told: string[] = [];
  const owner: DeadlineOwner = {
    phase: 'open',
    role: {
      timeout: (reason: string) => void told.push(`timeout ${reason}`),
      timer: () => void told.push('timer'),
      ...role,
    } as RoleState,
    transport: absentTransport,
    timeoutReason: undefined,
    fail: ({ code }) => void told.push(code),
    abort: () => void told.push('abort'),
    threw: (error) => void told.push(`threw ${(error as Error).message}`),
    holdPassed: () => void told.push('hold'),
    probe: () => {
      told.push('probe');
      return false;
    },
  };
  return { owner, told };
}

function made() {
  const clock = new VirtualClock();
  const wheel = new TimerWheel(clock);
  return { clock, wheel, spare: new SpareDeadlines(wheel) };
}

const kinds: Readonly<Record<string, (deadlines: Deadlines) => void>> = {
  'that of a role': (deadlines) => deadlines.setTimeout('http-head', 1),
  'that of the program': (deadlines) => deadlines.setTimeout('user-1', 1),
  'that of an answer': (deadlines) => deadlines.setTimeout('http-answer', 1),
  'that of an answer while it is held': (deadlines) => {
    deadlines.setTimeout('http-answer', 1);
    deadlines.setHold(1);
  },
  'the timer': (deadlines) => deadlines.setTimerMs(1000),
  validity: (deadlines) => deadlines.setValidityMs(1000),
  'the probe': (deadlines) => deadlines.probeSoon(),
  'a rest': (deadlines) => deadlines.rest(),
  'that of output at the end': (deadlines) => deadlines.flushSoon(),
  lingering: (deadlines) => deadlines.linger(),
};

test.each(Object.entries(kinds))(
  'given back, nothing is left of %s for the next owner',
  async (_, arm) => {
    const { clock, wheel, spare } = made();
    const first = owned();
    const second = owned();
    const deadlines = spare.lend(first.owner);
    arm(deadlines);
    spare.giveBack(deadlines);
    expect(wheel.size).toBe(0);
    const again = spare.lend(second.owner);
    expect(again).toBe(deadlines);
    expect(again.idle).toBe(true);
    again.setTimeout('http-answer', 20);
    await clock.advance(19_999);
    await settle();
    expect([first.told, second.told]).toEqual([[], []]);
    await clock.advance(1);
    expect([first.told, second.told]).toEqual([[], ['timeout http-answer']]);
  },
);

test.each([
  ['timeout', (deadlines: Deadlines) => deadlines.setTimeout('http-head', 1)],
  ['timer', (deadlines: Deadlines) => deadlines.setTimerMs(1000)],
] as const)('%s: who gives them back and throws is told so itself', async (name, arm) => {
  const { clock, spare } = made();
  const second = owned();
  const first = owned({
    [name]: () => {
      spare.giveBack(deadlines);
      spare.lend(second.owner);
      throw new Error(name);
    },
  });
  const deadlines = spare.lend(first.owner);
  arm(deadlines);
  await clock.advance(1000);
  expect([first.told, second.told]).toEqual([[`threw ${name}`], []]);
});

test('of two that are due together, one that is given back meanwhile is not told', async () => {
  const { clock, spare } = made();
  const told: string[] = [];
  const givingBack = (name: string, others: () => Deadlines) =>
    owned({
      timeout: () => {
        told.push(name);
        spare.giveBack(others());
      },
    });
  const first = givingBack('first', () => other);
  const second = givingBack('second', () => deadlines);
  const deadlines = spare.lend(first.owner);
  const other = spare.lend(second.owner);
  deadlines.setTimeout('http-head', 1);
  other.setTimeout('http-head', 1);
  await clock.advance(1000);
  expect(told).toHaveLength(1);
});
