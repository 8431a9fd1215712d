/** OUT-6: how often somebody may guess. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerAddress } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { LoginAttempts } from '../src/login-attempts.ts';
import { FakeExchange } from './fake-exchange.ts';
import { diskRoot, Mounted } from './mounted.ts';

const root = diskRoot({ 'a.txt': 'secret' });
const file = join(diskRoot({}), 'logins');
writeFileSync(file, 'ann:apple');
const mount = { mountpoint: '/', origin: `file://${root}`, basicAuthLoginFile: file };
const basic = (credentials: string): string =>
  `Basic ${Buffer.from(credentials).toString('base64')}`;
const of = (address: string): PeerAddress => ({
  address,
  port: 1,
  family: address.includes(':') ? 'ipv6' : 'ipv4',
});

function guarded(loginAttemptsPerMinute?: number) {
  const clock = new VirtualClock();
  const limit = loginAttemptsPerMinute === undefined ? {} : { loginAttemptsPerMinute };
  const mounted = new Mounted([mount], { clock, ...limit });
  const ask = (address: string, credentials?: string) =>
    mounted.ask({
      path: '/a.txt',
      peer: of(address),
      fields: credentials === undefined ? [] : [['authorization', basic(credentials)]],
    });
  const guess = async (address: string, times: number): Promise<number[]> => {
    const all: number[] = [];
    for (let each = 0; each < times; each++) all.push((await ask(address, `ann:${each}`)).status);
    return all;
  };
  return { clock, mounted, ask, guess };
}

describe('who guesses', () => {
  test('is heard ten times, then answered 429, with a right password too; another address is served', async () => {
    const { ask, guess } = guarded();
    expect(await guess('192.0.2.1', 12)).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const right = await ask('192.0.2.1', 'ann:apple');
    expect([right.status, right.fields.get('retry-after'), right.text]).toEqual([
      429,
      '6',
      expect.not.stringContaining('secret'),
    ]);
    expect(right.reported).toEqual(['LWS_ERR_MOUNT_LOGIN_LIMIT']);
    expect((await ask('192.0.2.2', 'ann:apple')).status).toBe(200);
  });

  test('is heard once more after six seconds, and ten times after a minute', async () => {
    const { clock, guess } = guarded();
    await guess('192.0.2.1', 10);
    await clock.advance(5990);
    expect(await guess('192.0.2.1', 1)).toEqual([429]);
    await clock.advance(20);
    expect(await guess('192.0.2.1', 2)).toEqual([401, 429]);
    await clock.advance(61_000);
    expect(await guess('192.0.2.1', 11)).toEqual([...Array<number>(10).fill(401), 429]);
  });

  test('and says no name is challenged as ever', async () => {
    const { ask, guess } = guarded();
    await guess('192.0.2.1', 10);
    expect((await ask('192.0.2.1')).status).toBe(401);
  });

  test('in an upgrade is refused likewise', async () => {
    const { mounted, guess } = guarded();
    await guess('192.0.2.1', 10);
    const fields = [
      ['upgrade', 'websocket'],
      ['authorization', basic('ann:apple')],
    ] as const;
    const peer = of('192.0.2.1');
    const exchange = new FakeExchange({ path: '/ws', peer, fields }, mounted.vhost);
    expect(mounted.responder.respond(exchange)).toMatchObject({ kind: 'refuse', status: 429 });
  });

  test.each([
    ['one /64 is one peer', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', 429],
    ['however it is written', '2001:db8::1', '2001:db8:0:0:1:2:3:4', 429],
    ['another /64 is another', '2001:db8:0:1::1', '2001:db8:0:2::1', 200],
    ['another address of IPv4 is another', '192.0.2.1', '192.0.2.129', 200],
  ])('%s', async (_what, first, second, status) => {
    const { ask, guess } = guarded();
    await guess(first, 10);
    expect((await ask(second, 'ann:apple')).status).toBe(status);
  });

  test.each([
    [3, [401, 401, 401, 429]],
    [0, Array<number>(30).fill(401)],
  ])('loginAttemptsPerMinute: %i', async (limit, statuses) => {
    expect(await guarded(limit).guess('192.0.2.1', statuses.length)).toEqual(statuses);
  });
});

test('as many are heard again in a minute as loginAttemptsPerMinute says', async () => {
  const { clock, ask, guess } = guarded(3);
  await guess('192.0.2.1', 3);
  expect((await ask('192.0.2.1', 'ann:x')).fields.get('retry-after')).toBe('20');
  await clock.advance(19_000);
  expect(await guess('192.0.2.1', 1)).toEqual([429]);
  await clock.advance(1100);
  expect(await guess('192.0.2.1', 2)).toEqual([401, 429]);
});

test('who logs in right is never kept waiting', async () => {
  const { ask } = guarded();
  for (let each = 0; each < 30; each++)
    expect((await ask('192.0.2.1', 'ann:apple')).status).toBe(200);
});

test('no more than 10,000 peers are remembered, and none that may try as often as ever', () => {
  const attempts = new LoginAttempts(10);
  for (let at = 0; at < 12_000; at++) attempts.failed(of(`10.0.${at >> 8}.${at & 255}`), 0);
  expect(attempts.size).toBe(10_000);
  expect(attempts.mayTry(of('10.0.46.0'), 60_000)).toBe(true);
  expect(attempts.size).toBe(9999);
  attempts.failed({ address: '', port: 0, family: 'unix' }, 0);
  expect(attempts.size).toBe(9999);
});

test.each([-1, 1_000_001, 1.5, '10'])('loginAttemptsPerMinute of %s is refused', (value) => {
  expect(() => guarded(value as number)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});
