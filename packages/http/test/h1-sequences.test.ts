/** Any order of events: nothing breaks, each exchange ends once, each header table comes back. */
import type { HttpExchange } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHttp, statuses } from './open-http.ts';

const head = 'Host: a\r\n';
const pieces = [
  `GET /now HTTP/1.1\r\n${head}\r\n`,
  `GET /later HTTP/1.1\r\n${head}\r\n`,
  `GET /stream HTTP/1.1\r\n${head}\r\n`,
  `HEAD /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
  `GET /now HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
  `POST /read HTTP/1.1\r\n${head}Content-Length: 6\r\n\r\nabc`,
  'def',
  `POST /later HTTP/1.1\r\n${head}Content-Length: 3\r\nExpect: 100-continue\r\n\r\n`,
  `POST /now HTTP/1.1\r\n${head}Content-Length: 70000\r\n\r\n`,
  `POST /read HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  `POST /now HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`,
  '4\r\ndefg\r\n',
  '0\r\n\r\n',
  `GET /refuse HTTP/1.1\r\n${head}Connection: upgrade\r\nUpgrade: x\r\n\r\n`,
  'GET /now HT',
  `TP/1.1\r\n${head}\r\n`,
  'GET\r\n',
];

type Event =
  | { kind: 'send'; piece: number }
  | { kind: 'answer' | 'abort' | 'stop' | 'go' | 'reset' | 'fin' | 'close' | 'flow' }
  | { kind: 'wait'; ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      piece: fc.nat({ max: pieces.length - 1 }),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'answer' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('stop' as const, 'go' as const, 'flow' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('reset' as const, 'fin' as const, 'close' as const, 'abort' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(500, 1100, 6000, 31_000),
    }),
  },
);

async function play(events: readonly Event[]): Promise<Record<string, number>> {
  const waiting = new Set<HttpExchange>();
  let given = 0;
  let done = 0;
  const { connect, lent, clock, vhost, context } = await openHttp(
    (exchange) => {
      const { path } = exchange.request;
      if (path === '/refuse')
        return {
          kind: 'refuse',
          status: 403,
          fields: [],
          error: { code: 'LWS_ERR_TEST', message: 'm', hint: 'h' },
        };
      if (path === '/now') exchange.reply(200, [], 'now');
      else if (path === '/read')
        exchange.readBody({ chunk() {}, complete: () => exchange.reply(200, [], 'read') });
      else if (path === '/stream') {
        exchange.head(200, []);
        exchange.requestWriteable();
      } else waiting.add(exchange);
      given++;
      let left = 5;
      let over = false;
      return {
        kind: 'answer',
        writeable: () => {
          if (over) throw new Error('writeable after done');
          exchange.body(new Uint8Array(30_000));
          if (--left === 0) exchange.end();
          else exchange.requestWriteable();
        },
        done: () => {
          if (over) throw new Error('done twice');
          over = true;
          done++;
          waiting.delete(exchange);
        },
      };
    },
    { maxHttpHeaderPool: 1 },
  );
  const { peer } = await connect({ capacity: 2000 });
  let flowing = true;
  const first = (): HttpExchange | undefined => waiting.values().next().value;
  for (const each of events) {
    if (each.kind === 'send') await peer.send(pieces[each.piece] ?? '');
    else if (each.kind === 'wait') await clock.advance(each.ms);
    else if (each.kind === 'stop' || each.kind === 'go') await peer.read(each.kind === 'go');
    else if (each.kind === 'reset') await peer.reset();
    else if (each.kind === 'fin') await peer.end();
    else if (each.kind === 'close') void context.close({ deadlineSecs: 3600 });
    else if (each.kind === 'flow') {
      flowing = !flowing;
      first()?.rxFlow(flowing);
    } else if (each.kind === 'abort')
      first()?.abort({ code: 'LWS_ERR_TEST', message: 'm', hint: 'h' });
    else {
      const exchange = first();
      if (exchange !== undefined) waiting.delete(exchange);
      exchange?.reply(200, [], 'late');
    }
    await settle(2);
  }
  const codes = [...vhost.counters.refused.keys()];
  expect(codes).not.toContain('LWS_ERR_HANDLER_THREW');
  expect(lent()).toBeLessThanOrEqual(1);
  await peer.reset();
  await context.close({ deadlineSecs: 0 });
  await settle();
  expect([done, lent(), peer.isClosed]).toEqual([given, 0, true]);
  const seen: Record<string, number> = { given, answers: statuses(peer.text).length };
  for (const code of codes) seen[code] = 1;
  return seen;
}

const givenSeed = process.env['LWS_FUZZ_SEED'];
const runs = Math.max(1, Math.round(150 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1)));
const seed = givenSeed === undefined ? (Date.now() ^ (process.pid << 8)) | 0 : Number(givenSeed);

// Its own time, because each run is a hundred turns of the loop: on a busy machine they take long.
test('end in order', { timeout: 30_000 + runs * 400 }, async () => {
  const seen: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 14 }), async (events) => {
      for (const [name, count] of Object.entries(await play(events)))
        seen[name] = (seen[name] ?? 0) + count;
    }),
    { numRuns: runs, seed },
  );
  if (runs < 150) return;
  const told = `LWS_FUZZ_SEED=${seed}: ${JSON.stringify(seen)}`;
  expect(seen['given'], told).toBeGreaterThan(50);
  expect(seen['answers'], told).toBeGreaterThan(50);
  expect(Object.keys(seen), told).toEqual(
    expect.arrayContaining(['LWS_ERR_TEST', 'LWS_ERR_HTTP_METHOD']),
  );
});
