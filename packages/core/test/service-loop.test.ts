import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { ServiceLoop } from '../src/service-loop.ts';
import type { Serviced } from '../src/serviced.ts';
import { TimerWheel } from '../src/timer-wheel.ts';

let over = false;
afterEach(() => {
  over = true;
});

function setUp() {
  over = false;
  const loop = new ServiceLoop(new TimerWheel(new VirtualClock()), {
    txBudget: 65_536,
    maxOutputBytesTotal: 0,
    maxInputBytesTotal: 0,
  });
  let served: string[] = [];
  const add = (name: string, again: boolean): Serviced => {
    const one: Serviced = {
      servedTurn: 0,
      serve() {
        served.push(name);
        if (again && !over) loop.list(one);
      },
    };
    loop.list(one);
    return one;
  };
  const turn = (last?: boolean): string[] => {
    served = [];
    loop.serveAll(last);
    return served;
  };
  return { loop, add, turn };
}

test('where transports hold more than 2 MiB, a connection may have 16 KiB on its way', () => {
  const { loop } = setUp();
  loop.pinnedOutput = 2 * 1024 * 1024;
  expect(loop.txBudget).toBe(65_536);
  loop.pinnedOutput++;
  expect(loop.txBudget).toBe(16_384);
  loop.pinnedOutput = 0;
  expect(loop.txBudget).toBe(65_536);
});

test('where many arrive, who is new has 4 KiB in its turn, and who was not done what it always has', () => {
  const { loop, turn } = setUp();
  let budgets: number[] = [];
  const one = (again: boolean): Serviced => {
    const serviced: Serviced = {
      servedTurn: 0,
      serve() {
        budgets.push(loop.txBudget);
        if (again && !over) loop.list(serviced);
      },
    };
    return serviced;
  };
  const seen = (work: () => void): number[] => {
    budgets = [];
    work();
    return budgets;
  };
  const arrival = () => {
    loop.arrived();
    turn();
  };
  loop.list(one(true));
  turn();
  for (let at = 0; at < 7; at++) arrival();
  expect(seen(() => loop.serveNow(one(false)))).toEqual([65_536]);
  for (let at = 7; at < 11; at++) arrival();
  expect(seen(() => loop.serveNow(one(false)))).toEqual([4096]);
  expect(loop.txBudget).toBe(65_536);
  loop.list(one(false));
  expect(seen(arrival)).toEqual([4096, 65_536]);
  loop.list(one(false));
  expect(seen(() => turn())).toEqual([65_536, 65_536]);
});

describe('who is not done in its turn', () => {
  test('32 of them are served in a turn, each in its turn; who is new goes first and at once', () => {
    const { loop, add, turn } = setUp();
    for (let at = 0; at < 40; at++) add(`${at}`, true);
    expect(turn()).toHaveLength(40);
    expect(loop.waiting).toBe(40);
    add('new', false);
    const first = turn();
    expect(first).toHaveLength(33);
    expect(first.slice(0, 2)).toEqual(['new', '0']);
    expect(turn().slice(0, 9)).toEqual(['32', '33', '34', '35', '36', '37', '38', '39', '0']);
  });

  test('2 of them when somebody was accepted, in that turn alone', () => {
    const { loop, add, turn } = setUp();
    for (let at = 0; at < 5; at++) add(`${at}`, true);
    turn();
    loop.arrived();
    expect(turn()).toEqual(['0', '1']);
    expect(turn()).toEqual(['2', '3', '4', '0', '1']);
  });

  test('one in four turns once somebody was accepted before eight in a row, until nobody is', () => {
    const { loop, add, turn } = setUp();
    for (let at = 0; at < 5; at++) add(`${at}`, true);
    turn();
    const served = Array.from({ length: 13 }, () => {
      loop.arrived();
      return turn().length;
    });
    expect(served).toEqual([2, 2, 2, 2, 2, 2, 2, 1, 0, 0, 0, 1, 0]);
    expect(turn()).toHaveLength(5);
    loop.arrived();
    expect(turn()).toHaveLength(2);
  });

  test('all of them in the last turn', () => {
    const { add, turn } = setUp();
    for (let at = 0; at < 40; at++) add(`${at}`, true);
    turn();
    over = true;
    expect(turn(true)).toHaveLength(40);
  });

  test('are served again without anything else happening', async () => {
    const { loop, add } = setUp();
    let left = 100;
    const busy: Serviced = {
      servedTurn: 0,
      serve() {
        if (--left > 0) loop.list(busy);
      },
    };
    loop.list(busy);
    for (let at = 0; at < 50; at++) add(`${at}`, true);
    while (left > 0) await new Promise(setImmediate);
    over = true;
    expect(left).toBe(0);
  });

  test('one that is served by name is off the list', () => {
    const { loop, add, turn } = setUp();
    const one = add('one', false);
    loop.serveOne(one);
    expect([loop.waiting, turn()]).toEqual([0, []]);
  });
});

test('who is listed by the work of one that was not done is served in the same turn', () => {
  const { loop, add, turn } = setUp();
  const late: Serviced = { servedTurn: 0, serve: () => undefined };
  let served = 0;
  late.serve = () => {
    served++;
  };
  const busy: Serviced = { servedTurn: 0, serve: () => undefined };
  busy.serve = () => {
    if (served === 0) loop.list(busy);
    if (turns > 0 && served === 0) loop.list(late);
  };
  let turns = 0;
  loop.list(busy);
  add('other', false);
  turn();
  turns = 1;
  turn();
  expect(served).toBe(1);
});

describe('a turn of its own', () => {
  test('is at once, and whoever it woke comes when the loop comes round', () => {
    const { loop, add, turn } = setUp();
    const order: string[] = [];
    const one: Serviced = {
      servedTurn: 0,
      serve() {
        order.push('one');
        add('other', false);
      },
    };
    loop.serveNow(one);
    expect([order, loop.waiting, turn()]).toEqual([['one'], 1, ['other']]);
  });

  test('is not within the turn of another: there it is listed', () => {
    const { loop, turn } = setUp();
    const order: string[] = [];
    const inner: Serviced = { servedTurn: 0, serve: () => void order.push('inner') };
    const outer: Serviced = {
      servedTurn: 0,
      serve() {
        loop.serveNow(inner);
        order.push('outer');
      },
    };
    loop.serveNow(outer);
    turn();
    expect(order).toEqual(['outer', 'inner']);
  });
});
