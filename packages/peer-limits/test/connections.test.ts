/** EXH-1: connections of a peer. lws: ip_limit_wsi */
import type { CodedError, PeerAddress } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { peersOf } from '../src/index.ts';
import { answers, get, logged, openLimited } from './open-limited.ts';

const OVER = 'LWS_ERR_PEER_LIMIT_WSI';

test('of three allowed the fourth is dropped, another address is served, and after one closes the next gets in', async () => {
  const { context, vhost, connect } = await openLimited({ ipLimitWsi: 3 });
  const peers = [await connect(), await connect(), await connect()];
  const fourth = await connect();
  expect([fourth.isClosed, fourth.text]).toEqual([true, '']);
  expect(peers.map((peer) => peer.isClosed)).toEqual([false, false, false]);

  const other = await connect('192.0.2.9');
  await other.send(get('/now'));
  expect(answers(other)).toEqual(['/now']);

  await peers[1]?.reset();
  const next = await connect();
  await next.send(get('/now'));
  expect(answers(next)).toEqual(['/now']);
  const again = await connect();
  expect(again.isClosed).toBe(true);

  expect(vhost.counters.refused.get(OVER)).toBe(2);
  expect(context.counters).toMatchObject({ rejected: 2, wsi_alive: 4 });
  expect(logged.filter((line) => line.includes(OVER))).toEqual([
    expect.stringContaining('192.0.2.1:50000'),
    expect.stringContaining('192.0.2.1:50000'),
  ]);
});

test('a flood writes ten lines a second, however many are dropped', async () => {
  const { vhost, connect } = await openLimited({ ipLimitWsi: 1 });
  await connect();
  for (let at = 0; at < 200; at++) await connect();
  expect(vhost.counters.refused.get(OVER)).toBe(200);
  expect(logged.filter((line) => line.includes(OVER))).toHaveLength(10);
});

describe('who is one peer', () => {
  test.each([
    ['one IPv4 address', ['192.0.2.1', '192.0.2.1'], {}],
    ['an IPv4 address and its mapped form', ['192.0.2.1', '::ffff:192.0.2.1'], {}],
    ['its mapped form in hexadecimal', ['192.0.2.1', '::ffff:c000:201'], {}],
    ['two addresses of a /64', ['2001:db8::1', '2001:db8::ffff:0:0:2'], {}],
    ['two of a link with its zone', ['fe80::1%eth0', 'fe80::2%eth0'], {}],
    ['two of a /48', ['2001:db8:0:1::1', '2001:db8:0:2::1'], { ipLimitIpv6Prefix: 48 }],
  ])('%s', async (_name, addresses, options) => {
    const { connect } = await openLimited({ ipLimitWsi: 1, ...options });
    const [first, second] = [await connect(addresses[0]), await connect(addresses[1])];
    expect([first.isClosed, second.isClosed]).toEqual([false, true]);
  });

  test.each([
    ['two IPv4 addresses', ['192.0.2.1', '192.0.2.2'], {}],
    ['two of neighbouring /64', ['2001:db8:0:1::1', '2001:db8:0:2::1'], {}],
    ['two addresses of a /64 where each counts', ['::1', '::2'], { ipLimitIpv6Prefix: 128 }],
  ])('not %s', async (_name, addresses, options) => {
    const { connect } = await openLimited({ ipLimitWsi: 1, ...options });
    const [first, second] = [await connect(addresses[0]), await connect(addresses[1])];
    expect([first.isClosed, second.isClosed]).toEqual([false, false]);
  });

  test('a /64 of attackers has one budget, and honest addresses see no refusal', async () => {
    const { context, vhost, connect } = await openLimited({ ipLimitWsi: 5 });
    let kept = 0;
    for (let at = 0; at < 1000; at++) {
      const peer = await connect(
        `2001:db8:1:1:${at.toString(16)}::${(at * 7919).toString(16).slice(-4)}`,
      );
      if (!peer.isClosed) kept++;
    }
    expect(kept).toBe(5);
    for (let at = 0; at < 20; at++)
      expect((await connect(`2001:db8:2:${at}::1`)).isClosed).toBe(false);
    expect(vhost.counters.refused.get(OVER)).toBe(995);
    expect(peersOf(context)).toContainEqual({
      peer: '2001:db8:1:1::/64',
      connections: 5,
      headerTables: 0,
      waiting: 0,
    });
  });

  test.each([
    [48, '2001:db8:1::/48'],
    [60, '2001:db8:1:10::/60'],
    [128, '2001:db8:1:17::1'],
  ])('peersOf shows a prefix of %i bits as %s', async (ipLimitIpv6Prefix, shown) => {
    const { context, connect } = await openLimited({ ipLimitWsi: 1, ipLimitIpv6Prefix });
    await connect('2001:db8:1:17::1');
    expect(peersOf(context).map(({ peer }) => peer)).toEqual([shown]);
  });
});

describe('who has no limits', () => {
  test.each(['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '::ffff:192.0.2.1'])(
    '192.0.2.1, by %s',
    async (exempt) => {
      const { connect, context } = await openLimited({
        ipLimitWsi: 1,
        ipLimitExempt: ['::1', exempt],
      });
      const peers = [await connect(), await connect(), await connect()];
      expect(peers.some((peer) => peer.isClosed)).toBe(false);
      expect(peersOf(context)).toEqual([]);
    },
  );

  test('another address than the one named', async () => {
    const { connect } = await openLimited({ ipLimitWsi: 1, ipLimitExempt: ['192.0.2.2/31'] });
    await connect();
    expect((await connect()).isClosed).toBe(true);
  });
});

describe('who is told', () => {
  test('ipLimitNotify has the address and the code, before anything is done', async () => {
    const told: [PeerAddress, CodedError][] = [];
    const { connect } = await openLimited({
      ipLimitWsi: 1,
      ipLimitNotify: (peer, error) => void told.push([peer, error]),
    });
    await connect('2001:db8::1');
    await connect('2001:db8::2');
    expect(told.map(([{ address, port }, { code }]) => [address, port, code])).toEqual([
      ['2001:db8::2', 50000, OVER],
    ]);
  });

  test('one that throws changes nothing', async () => {
    const { connect } = await openLimited({
      ipLimitWsi: 1,
      ipLimitNotify() {
        throw new Error('not now');
      },
    });
    await connect();
    expect((await connect()).isClosed).toBe(true);
    expect(logged).toContainEqual(expect.stringContaining('ipLimitNotify threw: Error: not now'));
  });

  test('one whose promise is rejected changes nothing', async () => {
    const { connect } = await openLimited({
      ipLimitWsi: 1,
      ipLimitNotify: (() => Promise.reject(new Error('not now'))) as () => void,
    });
    await connect();
    expect((await connect()).isClosed).toBe(true);
    expect(logged).toContainEqual(expect.stringContaining('ipLimitNotify threw: Error: not now'));
  });
});

test('without an option nothing is counted', async () => {
  const { connect, context } = await openLimited({});
  await connect();
  expect(peersOf(context)).toEqual([]);
});

test('a peer is forgotten some time after its last connection, and not before', async () => {
  const { clock, connect, context } = await openLimited({ ipLimitWsi: 2 });
  const first = await connect();
  await connect('192.0.2.2');
  await first.reset();
  await clock.advance(9000);
  await connect('192.0.2.3');
  expect(peersOf(context).map(({ peer }) => peer)).toContain('192.0.2.1');
  await clock.advance(6000);
  await connect('192.0.2.4');
  expect(peersOf(context).map(({ peer }) => peer)).toEqual(['192.0.2.2', '192.0.2.3', '192.0.2.4']);
});

test('over ipLimitMaxPeers the one that was idle longest is forgotten, and who is connected never', async () => {
  const { connect, context } = await openLimited({ ipLimitWsi: 1, ipLimitMaxPeers: 16 });
  const seen = (): string[] => peersOf(context).map(({ peer }) => peer);
  await connect('192.0.2.250');
  for (let at = 0; at < 40; at++) await (await connect(`192.0.2.${at}`)).reset();
  const latest = Array.from({ length: 15 }, (_, at) => `192.0.2.${25 + at}`);
  expect(seen()).toEqual(['192.0.2.250', ...latest]);
  for (let at = 0; at < 40; at++) expect((await connect(`192.0.2.${at}`)).isClosed).toBe(false);
  expect(seen()).toHaveLength(41);
  expect((await connect('192.0.2.250')).isClosed).toBe(true);
});
