/** A request that takes its time keeps its head, and lets others have its header table (SLO-8). */
import type { HttpExchange, KeptHeaders, Role, RoleHost } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import type { H1Request } from '../src/h1-request.ts';
import { answered, ask, echo, get, ok, openHttp, type Respond, statuses } from './open-http.ts';

const post = 'POST /slow?x=1 HTTP/1.1\r\nHost: A:1\r\nX-Y: z\r\nContent-Length: 9\r\n\r\n';

/** Answers GET; of a POST it keeps the exchange. */
function patient(): { respond: Respond; kept: HttpExchange[] } {
  const kept: HttpExchange[] = [];
  const respond: Respond = (exchange) => {
    if (exchange.request.method === 'GET') return echo(exchange);
    kept.push(exchange);
    exchange.readBody({ chunk() {}, complete: () => exchange.reply(200, [], 'done') });
    return answered;
  };
  return { respond, kept };
}

test('300 slow bodies over a pool of 4: each good request is answered at once', async () => {
  const { respond } = patient();
  const opened = await openHttp(respond, { maxHttpHeaderPool: 4 });
  for (let at = 0; at < 300; at++) {
    await ask(opened, post);
    expect((await ask(opened, get)).text).toBe(ok('GET /'));
  }
  expect([opened.lent(), opened.copies()[0]]).toEqual([3, 297]);
  expect(opened.context.memory['headers']).toBeGreaterThan(3 * 16_384 + 297 * 1024);
});

test('the head can be read for the whole transaction; the next request of the connection is right', async () => {
  const { respond, kept } = patient();
  const opened = await openHttp(respond, { maxHttpHeaderPool: 1 });
  const slow = await ask(opened, post);
  expect((await ask(opened, get)).text).toBe(ok('GET /'));
  expect(opened.copies()).toEqual([1, expect.any(Number)]);
  const request = kept[0]?.request as H1Request;
  const fields: string[] = [];
  request.each((name, value) => fields.push(`${name}=${value}`));
  expect({
    target: request.target,
    path: request.path,
    query: request.query,
    authority: request.authority,
    one: request.field('x-y'),
    none: request.field('x-z'),
    fields,
  }).toEqual({
    target: '/slow?x=1',
    path: '/slow',
    query: 'x=1',
    authority: 'a',
    one: 'z',
    none: undefined,
    fields: ['host=A:1', 'x-y=z', 'content-length=9'],
  });
  await slow.send(`123456789${get}`);
  expect(slow.text).toBe(ok('done') + ok('GET /'));
  expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
});

test('who is cut with a copy leaves nothing behind', async () => {
  const { respond } = patient();
  const opened = await openHttp(respond, { maxHttpHeaderPool: 1 });
  const slow = await ask(opened, post);
  const other = await ask(opened, post);
  await slow.reset();
  await other.reset();
  await settle();
  expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
});

test('a copy still closes by its own head', async () => {
  const { respond } = patient();
  const opened = await openHttp(respond, { maxHttpHeaderPool: 1 });
  const slow = await ask(opened, post.replace('X-Y: z', 'Connection: close'));
  await ask(opened, get);
  await slow.send('123456789');
  expect(slow.text).toContain('connection: close');
  expect(slow.ended).toBe(true);
});

describe('maxHttpHeaderCopies', () => {
  test('over it a request keeps its table, and who waits gets the first that is free', async () => {
    const { respond } = patient();
    const opened = await openHttp(respond, { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 1200 });
    const first = await ask(opened, post);
    const second = await ask(opened, post);
    expect(opened.copies()[0]).toBe(1);
    const good = await ask(opened, get);
    expect(good.text).toBe('');
    // the first one's copy is over: the head of the second can be copied
    await first.send('123456789');
    expect([good.text, opened.copies()[0]]).toEqual([ok('GET /'), 1]);
    await second.send('123456789');
    expect(statuses(second.text)).toEqual([200]);
    expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
  });

  test('large heads take as much as they have', async () => {
    const { respond } = patient();
    const opened = await openHttp(respond, { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 20_000 });
    const large = post.replace('X-Y: z', `X-Y: ${'z'.repeat(12_000)}`);
    await ask(opened, large);
    await ask(opened, large);
    expect(opened.copies()[1]).toBeGreaterThan(13_000);
    const good = await ask(opened, get);
    expect(good.text).toBe('');
    await opened.clock.advance(10_100);
    expect(statuses(good.text)).toEqual([503]);
  });
});

test('who waits gets the table of a head that is not complete as soon as it can be copied', async () => {
  const { respond } = patient();
  // room for the copy of the complete head, not for one more
  const opened = await openHttp(respond, { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 1200 });
  const first = await ask(opened, post);
  const slow = await ask(opened, post.slice(0, -2));
  const good = await ask(opened, get);
  expect([good.text, opened.copies()[0]]).toEqual(['', 1]);
  await first.send('123456789');
  expect([good.text, opened.copies()[0]]).toEqual([ok('GET /'), 1]);
  await slow.send(post.slice(-2));
  expect([slow.text, opened.copies()[0]]).toEqual(['', 0]);
  await slow.send('123456789');
  expect([slow.text, opened.lent()]).toEqual([ok('done'), 0]);
});

test('the head that a role keeps with its upgrade is copied too', async () => {
  let headers: KeptHeaders | undefined;
  const state = {
    name: 'keeping',
    rx: (bytes: Uint8Array) => bytes.length,
    writeable() {},
    service: () => false,
    timeout() {},
    timer() {},
    peerEnded() {},
    drained() {},
    closing: () => false,
    threw() {},
    leaving() {},
    gone() {},
  };
  const role: Role = {
    name: 'keeping',
    acceptUpgrade: (exchange) => ({
      kind: 'take',
      start(_host: RoleHost) {
        headers = exchange.keepHeaders();
        return state;
      },
    }),
  };
  const opened = await openHttp(
    (exchange) => (exchange.request.path === '/up' ? undefined : echo(exchange)),
    { maxHttpHeaderPool: 1, roles: [role] },
  );
  await ask(opened, 'GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  expect((await ask(opened, get)).text).toBe(ok('GET /'));
  expect([headers?.request.path, headers?.request.field('upgrade')]).toEqual(['/up', 'x']);
  expect(opened.copies()[0]).toBe(1);
  headers?.release();
  expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
});
