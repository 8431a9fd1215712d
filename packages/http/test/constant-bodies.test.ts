/** Bodies that never change: sent in one with their heads, whoever asks, and right whatever changes around them. */
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { DateField } from '../src/date-field.ts';
import { SAY_CLOSE, SAY_NOTHING } from '../src/head-end.ts';
import { RecentHeads } from '../src/recent-heads.ts';
import { answered, DATE, ok, openHttp } from './open-http.ts';
import { text, wire } from './wire.ts';

const one = 'x'.repeat(2000);
const other = 'y'.repeat(2000);
const bodies = new Map([
  ['/one', wire(one)],
  ['/other', wire(other)],
  ['/short', wire('short')],
  ['/long', wire('z'.repeat(20_000))],
]);
const get = (path: string, method = 'GET', fields = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

const open = () =>
  openHttp((exchange) => {
    exchange.reply(200, [], bodies.get(exchange.request.path) ?? '', true);
    return answered;
  });

describe('an answer that many ask for', () => {
  test('is the same every time, whatever was asked for between', async () => {
    const { connect } = await open();
    const { peer } = await connect();
    const order = ['/one', '/one', '/one', '/other', '/one', '/other', '/other', '/other'];
    for (const path of [...order, '/short', '/short', '/short', '/long', '/long', ...order])
      await peer.send(get(path));
    const said = order.map((path) => ok(path === '/one' ? one : other)).join('');
    const between = ok('short').repeat(3) + ok('z'.repeat(20_000)).repeat(2);
    expect(peer.text).toBe(said + between + said);
  });

  test('has no body for HEAD, and says when the connection ends', async () => {
    const { connect } = await open();
    const { peer } = await connect();
    for (let times = 0; times < 4; times++) await peer.send(get('/one'));
    await peer.send(get('/one', 'HEAD'));
    await peer.send(get('/one', 'GET', 'Connection: close\r\n'));
    const head = ok(one).slice(0, -one.length);
    expect(peer.text).toBe(ok(one).repeat(4) + head + ok(one, 'connection: close\r\n'));
    expect(peer.ended).toBe(true);
  });

  test('leaves with those that were asked for with it in one write', async () => {
    const { connect, vhost } = await open();
    const { peer, server } = await connect();
    for (let times = 0; times < 3; times++) await peer.send(get('/one'));
    expect(server.writes).toBe(3);
    await peer.send(get('/one').repeat(4));
    expect(server.writes).toBe(4);
    expect(peer.text).toBe(ok(one).repeat(7));
    expect(vhost.counters.tx).toBe(peer.text.length);
  });

  test('that a slow peer has not taken yet keeps its date', async () => {
    const { connect, clock } = await open();
    const slow = await connect({ capacity: 100, listening: false });
    const { peer } = await connect();
    for (let times = 0; times < 3; times++) await peer.send(get('/one'));
    await slow.peer.send(get('/one'));
    await clock.advance(1000);
    for (let times = 0; times < 3; times++) await peer.send(get('/one'));
    await slow.peer.read(true);
    const later = ok(one).replace(DATE, DATE.replace('00:00:00', '00:00:01'));
    expect(slow.peer.text).toBe(ok(one));
    expect(peer.text).toBe(ok(one).repeat(3) + later.repeat(3));
  });
});

describe('head and body', () => {
  test.each([
    ['bytes', wire('body'), wire('else')],
    ['a text', 'body', 'else'],
  ])(
    'are put together once for each head, in memory that stays as it is: %s',
    async (_kind, body, another) => {
      const clock = new VirtualClock();
      const date = new DateField(clock);
      const heads = new RecentHeads();
      const output = wire('head\r\n');
      for (let times = 0; times < 2; times++) heads.missed(200, [], false, false, output, 0, 6);
      const head = heads.find(200, [], false);
      const ask = (given: Uint8Array | string = body, connection = SAY_NOTHING) => {
        const bytes = head?.bytes(date, 4, connection, given);
        return head?.whole === true ? bytes : undefined;
      };
      expect(ask()).toBeUndefined();
      const first = ask();
      expect(text(first ?? wire(''))).toBe(`head\r\n${DATE}content-length: 4\r\n\r\nbody`);
      expect(ask()).toBe(first);
      expect(ask(another)).toBeUndefined();
      expect([ask(), ask(body, SAY_CLOSE)]).toEqual([undefined, undefined]);
      expect(text(ask(body, SAY_CLOSE) ?? wire(''))).toContain('connection: close');
      await clock.advance(1000);
      expect(ask()).toBeUndefined();
      expect(text(ask() ?? wire(''))).toContain('00:00:01 GMT');
      expect(text(first ?? wire(''))).toContain('00:00:00 GMT');
      expect(head?.bytes(date, 4, SAY_NOTHING).at(-1)).toBe(10);
      expect(head?.whole).toBe(false);
    },
  );
});

describe('a text that many ask for', () => {
  const texts = ['short', 'other', 'ünï', 'x'.repeat(1023), 'y'.repeat(1024), '', 'z'.repeat(5000)];

  test.each([1, 3])('is the same every time, %i of a time', async (together) => {
    const { connect } = await openHttp((exchange) => {
      exchange.reply(200, [], texts[Number(exchange.request.path.slice(1))] as string);
      return answered;
    });
    const { peer } = await connect();
    const order = [0, 0, 0, 1, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 0, 0];
    for (const each of order) await peer.send(get(`/${each}`).repeat(together));
    await peer.send(get('/0', 'HEAD'));
    await peer.send(get('/0'));
    const head = ok('short').slice(0, -5);
    const said = order.map((each) => ok(text(Buffer.from(texts[each] as string))).repeat(together));
    expect(peer.text).toBe(`${said.join('')}${head}${ok('short')}`);
  });
});
