/** Heads that are given again: byte by byte what the first was, and nothing of another answer. */
import type { HttpFields } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { DateField } from '../src/date-field.ts';
import { CHUNKED, NO_FRAMING, SAY_CLOSE, SAY_NOTHING } from '../src/head-end.ts';
import { RecentHeads } from '../src/recent-heads.ts';
import { answered, DATE, openHttp } from './open-http.ts';
import { text, wire } from './wire.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

type Answer = readonly [status: number, fields: HttpFields];

const answers: readonly Answer[] = [
  [200, [['X-A', 'one']]],
  [200, [['X-A', 'two']]],
  [200, [['X-B', 'one']]],
  [404, [['X-A', 'one']]],
  [200, []],
  [
    200,
    [
      ['X-A', 'one'],
      ['X-A', 'one'],
    ],
  ],
  [200, [['Server', 'own']]],
  [200, [['Date', 'now']]],
  [200, [['X-Long', 'y'.repeat(2000)]]],
  [204, []],
];

/** The heads of answers to requests on one connection, without bodies. */
async function headsOf(given: readonly Answer[], secure = false): Promise<string[]> {
  let at = 0;
  const { connect } = await openHttp(
    (exchange) => {
      const [status, fields] = given[at++] as Answer;
      exchange.reply(status, fields);
      return answered;
    },
    { serverString: 'lws', sts: true, headers: { 'x-vhost': 'v' } },
  );
  const { peer, server } = await connect();
  if (secure) Object.defineProperty(server, 'security', { value: { protocol: 'TLSv1.3' } });
  for (let each = 0; each < given.length; each++) await peer.send(get);
  return peer.text.split(/(?<=\r\n\r\n)/);
}

test.each([
  ['plain', false],
  ['secure', true],
] as const)('each answer is the same every time, %s', async (_name, secure) => {
  const first = await Promise.all(
    answers.map(async (answer) => (await headsOf([answer], secure))[0]),
  );
  const often = Array.from({ length: 6 }, () => answers).flat();
  const twice = answers.flatMap((answer) => [answer, answer, answer, answer]);
  for (const order of [often, twice, often.toReversed()])
    expect(await headsOf(order, secure)).toEqual(
      order.map((answer) => first[answers.indexOf(answer)]),
    );
});

test('an array that its owner changes is another answer', async () => {
  const fields: [string, string][] = [['x-a', 'one']];
  const given = Array.from({ length: 5 }, (): Answer => [200, fields]);
  const { connect } = await openHttp((exchange) => {
    exchange.reply(...(given.pop() as Answer));
    if (given.length === 1) fields[0] = ['x-a', 'two'];
    return answered;
  });
  const { peer } = await connect();
  for (let each = 0; each < 5; each++) await peer.send(get);
  expect([...peer.text.matchAll(/x-a: (\w+)/g)].map(([, value]) => value)).toEqual([
    'one',
    'one',
    'one',
    'one',
    'two',
  ]);
});

test('so is one in which a field alone is changed, frozen as the array may be', () => {
  const heads = new RecentHeads();
  const field: [string, string] = ['x-a', 'one'];
  const open: HttpFields = Object.freeze([field]);
  const closed: HttpFields = Object.freeze([Object.freeze(['x-b', 'four'] as const)]);
  for (const fields of [open, closed])
    for (let times = 0; times < 2; times++)
      heads.missed(200, fields, false, false, wire('head'), 0, 4);
  expect([heads.find(200, open, false), heads.find(200, closed, false)]).not.toContain(undefined);
  expect(heads.find(200, open, false)).not.toBe(heads.find(200, closed, false));
  expect([heads.find(200, closed, true), heads.find(201, closed, false)]).toEqual([
    undefined,
    undefined,
  ]);
  field[1] = 'two';
  expect(heads.find(200, open, false)).toBeUndefined();
});

test('a known head has the date of the day', async () => {
  const { connect, clock } = await openHttp((exchange) => {
    exchange.reply(200, [['x-a', 'one']]);
    return answered;
  });
  const { peer } = await connect();
  for (let each = 0; each < 3; each++) await peer.send(get);
  await clock.advance(2000);
  await peer.send(get);
  const dates = peer.text.match(/date: .*\r\n/g);
  expect(dates).toEqual([DATE, DATE, DATE, DATE.replace('00:00:00', '00:00:02')]);
});

test('what may not be sent is refused every time', async () => {
  const refused: unknown[] = [];
  const { connect } = await openHttp((exchange) => {
    try {
      exchange.reply(200, [['x-a', 'a\r\nb']]);
    } catch (error) {
      refused.push((error as { code?: unknown }).code);
    }
    exchange.reply(200, [], 'ok');
    return answered;
  });
  const { peer } = await connect();
  for (let each = 0; each < 4; each++) await peer.send(get);
  expect(refused).toEqual(Array.from({ length: 4 }, () => 'LWS_ERR_HTTP_FIELD_VALUE'));
});

test('a known head says how long its own body is, and what becomes of its own connection', async () => {
  const bodies = ['', 'a', 'b'.repeat(12), 'c', 'd'.repeat(34), 'e', 'f'];
  const given = [...bodies];
  const { connect } = await openHttp((exchange) => {
    exchange.reply(200, [['x-a', 'one']], given.shift());
    return answered;
  });
  const { peer } = await connect();
  for (let each = 1; each < bodies.length; each++) await peer.send(get);
  await peer.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const head = (body: string, last = '') =>
    `HTTP/1.1 200 OK\r\nx-a: one\r\n${DATE}content-length: ${body.length}\r\n${last}\r\n${body}`;
  const expected = bodies.map((body) => head(body, body === 'f' ? 'connection: close\r\n' : ''));
  expect(peer.text).toBe(expected.join(''));
});

test('what asks for the connection to be closed closes it every time', async () => {
  const { connect } = await openHttp((exchange) => {
    exchange.reply(200, [['Connection', 'close']]);
    return answered;
  });
  for (let each = 0; each < 4; each++) {
    const { peer } = await connect();
    await peer.send(get + get);
    expect(peer.text).toBe(
      `HTTP/1.1 200 OK\r\n${DATE}content-length: 0\r\nconnection: close\r\n\r\n`,
    );
  }
});

test('a head is kept when it comes the second time, in memory of its own, unless it is long', () => {
  const heads = new RecentHeads();
  const date = new DateField(new VirtualClock());
  const fields: HttpFields = [['x', 'y']];
  const output = Buffer.from('-head\r\n-');
  heads.missed(200, fields, false, false, output, 1, 7);
  expect(heads.find(200, fields, false)).toBeUndefined();
  heads.missed(200, fields, false, false, output, 1, 7);
  output.fill(0);
  const head = heads.find(200, fields, false);
  const bytes = (framing: number, connection: number) =>
    text(head?.bytes(date, framing, connection) ?? wire(''));
  expect(bytes(NO_FRAMING, SAY_NOTHING)).toBe(`head\r\n${DATE}\r\n`);
  expect(bytes(12, SAY_NOTHING)).toBe(`head\r\n${DATE}content-length: 12\r\n\r\n`);
  expect(bytes(34, SAY_CLOSE)).toBe(
    `head\r\n${DATE}content-length: 34\r\nconnection: close\r\n\r\n`,
  );
  expect(bytes(CHUNKED, SAY_NOTHING)).toBe(`head\r\n${DATE}transfer-encoding: chunked\r\n\r\n`);
  expect(heads.find(200, fields, true)).toBeUndefined();
  expect(heads.find(201, fields, false)).toBeUndefined();
  const long = Buffer.alloc(513);
  for (let each = 0; each < 3; each++) heads.missed(500, fields, false, false, long, 0, 513);
  expect(heads.find(500, fields, false)).toBeUndefined();
});
