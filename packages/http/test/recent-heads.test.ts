/** Heads that are given again: byte by byte what the first was, and nothing of another answer. */
import type { HttpFields } from '@lws-ts/interface';
import { expect, test } from 'vitest';
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

test('a head is kept when it comes the second time, in memory of its own, unless it is long', () => {
  const heads = new RecentHeads();
  const fields: HttpFields = [['x', 'y']];
  const output = Buffer.from('-head-');
  heads.missed(200, fields, false, false, output, 1, 5);
  expect(heads.find(200, fields, false)).toBeUndefined();
  heads.missed(200, fields, false, false, output, 1, 5);
  output.fill(0);
  expect(text(heads.find(200, fields, false)?.bytes ?? wire(''))).toBe('head');
  expect(heads.find(200, fields, true)).toBeUndefined();
  expect(heads.find(201, fields, false)).toBeUndefined();
  const long = Buffer.alloc(513);
  for (let each = 0; each < 3; each++) heads.missed(500, fields, false, false, long, 0, 513);
  expect(heads.find(500, fields, false)).toBeUndefined();
});
