/** The date of an answer is that of the moment, however late wake-ups come. */
import type { Clock } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { DateField } from '../src/date-field.ts';
import { CHUNKED, SAY_NOTHING } from '../src/head-end.ts';
import { RecentHead } from '../src/recent-heads.ts';
import { DATE } from './open-http.ts';
import { text, wire } from './wire.ts';

const later = (secs: number) => DATE.replace('00:00:00', `00:00:0${secs}`);

/** As where a handler runs for longer than a second: nobody is woken. */
function busyClock(): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    now: () => passed,
    wallNow: () => Date.UTC(2026, 0, 1) + passed,
    wakeAt: () => () => undefined,
    pass(ms) {
      passed += ms;
    },
  };
}

test('it goes on while nobody is woken', () => {
  const clock = busyClock();
  const date = new DateField(clock);
  expect(text(date.bytes)).toBe(DATE);
  clock.pass(999);
  expect(text(date.bytes)).toBe(DATE);
  clock.pass(1);
  expect(text(date.bytes)).toBe(later(1));
  clock.pass(2500);
  expect([text(date.bytes), date.second]).toEqual([later(3), Date.UTC(2026, 0, 1) / 1000 + 3]);
});

test('so does that of a head that is given again', () => {
  const clock = busyClock();
  const date = new DateField(clock);
  const head = new RecentHead(200, [], false, false, wire('head\r\n'));
  const said = () => text(head.bytes(date, CHUNKED, SAY_NOTHING)).split(/(?<=\r\n)/)[1];
  expect(said()).toBe(DATE);
  clock.pass(1000);
  expect(said()).toBe(later(1));
});

test('a clock that is set is followed at once', () => {
  let wall = Date.UTC(2026, 0, 1, 0, 0, 5);
  const clock: Clock = { now: () => 0, wallNow: () => wall, wakeAt: () => () => undefined };
  const date = new DateField(clock);
  expect(text(date.bytes)).toBe(later(5));
  wall -= 2000;
  expect(text(date.bytes)).toBe(later(3));
});
