/** The date of an answer is that of the moment, however late wake-ups come. */
import type { Clock, HttpExchange, HttpFields } from '@lws-ts/interface';
import { expect, test, vi } from 'vitest';
import { DateField } from '../src/date-field.ts';
import { CHUNKED, SAY_NOTHING } from '../src/head-end.ts';
import { RecentHead } from '../src/recent-heads.ts';
import { answered, DATE, openHttp } from './open-http.ts';
import { text, wire } from './wire.ts';

const later = (secs: number) => DATE.replace('00:00:00', `00:00:0${secs}`);

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

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

test('what is answered at one time has one date, but for what says when it was modified', () => {
  const clock = busyClock();
  const date = new DateField(clock);
  const modified: HttpFields = [['Last-Modified', 'any']];
  const head = new RecentHead(200, [], false, false, wire('head\r\n'));
  const exact = new RecentHead(200, modified, false, false, wire('head\r\n'));
  const said = (of = head) => text(of.bytes(date, CHUNKED, SAY_NOTHING)).split(/(?<=\r\n)/)[1];
  expect(said()).toBe(DATE);
  clock.pass(1000);
  date.hold();
  expect(said()).toBe(later(1));
  clock.pass(1000);
  expect(said()).toBe(later(1));
  expect(said(exact)).toBe(later(2));
  // time does not go back
  expect(said()).toBe(later(2));
  clock.pass(1000);
  date.release();
  expect(said()).toBe(later(3));
  clock.pass(1000);
  expect(said()).toBe(later(4));
});

test.each([1, 3])(
  'the clock is asked once for %i requests that come together',
  async (together) => {
    const { connect, clock } = await openHttp((exchange) => {
      exchange.reply(200, [], 'ok');
      return answered;
    });
    const { peer } = await connect();
    for (let each = 0; each < 3; each++) await peer.send(get);
    const asked = vi.spyOn(clock, 'wallNow');
    await peer.send(get.repeat(together));
    expect(asked).toHaveBeenCalledTimes(1);
  },
);

test('who answers later has the date of then', async () => {
  let exchange: HttpExchange | undefined;
  const { connect, clock } = await openHttp((asked) => {
    exchange = asked;
    return answered;
  });
  const { peer } = await connect();
  for (let secs = 0; secs < 4; secs++) {
    await peer.send(get);
    await clock.advance(1000);
    exchange?.reply(200, [], 'ok');
    await clock.advance(0);
    expect(peer.text).toContain(later(secs + 1));
  }
});

test('a handler that throws leaves no date behind for those who answer later', async () => {
  let waiting: HttpExchange | undefined;
  const { connect, clock } = await openHttp((exchange) => {
    if (exchange.request.path === '/later') waiting = exchange;
    else exchange.reply(200, [], 'ok');
    if (exchange.request.path === '/fault') throw new Error('a fault');
    return answered;
  });
  const { peer } = await connect();
  for (let each = 0; each < 3; each++) await peer.send(get);
  await peer.send(get.replace('/', '/later'));
  const other = await connect();
  await other.peer.send(get.replace('/', '/fault'));
  await clock.advance(1000);
  waiting?.reply(200, [], 'ok');
  await clock.advance(0);
  expect(peer.text).toContain(later(1));
});

test('a clock that is set is followed at once', () => {
  let wall = Date.UTC(2026, 0, 1, 0, 0, 5);
  const clock: Clock = { now: () => 0, wallNow: () => wall, wakeAt: () => () => undefined };
  const date = new DateField(clock);
  expect(text(date.bytes)).toBe(later(5));
  wall -= 2000;
  expect(text(date.bytes)).toBe(later(3));
});
