/** Whom a trusted proxy speaks for: what limits, logs and handlers see. */
import {
  clientFrame,
  connectWsPeer,
  memoryTransportPair,
  RawPeer,
  settle,
  upgradeRequest,
} from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { peersOf } from '../src/index.ts';
import { answers, get, heard, logged, openLimited, peers } from './open-limited.ts';

const PROXY = '10.0.0.1';

describe('PROXY protocol', () => {
  const options = { trustedProxies: ['10.0.0.0/8'], proxyProtocol: true };
  const header = (address: string): string => `PROXY TCP4 ${address} 198.51.100.2 4660 443\r\n`;

  test('the peer is whom it speaks for, whatever pieces it comes in', async () => {
    for (const size of [1, 2, 3, 1000]) {
      const { connect } = await openLimited(options);
      const peer = await connect(PROXY);
      const said = header('192.0.2.7') + get('/now/who');
      for (let at = 0; at < said.length; at += size) await peer.send(said.slice(at, at + size));
      expect(answers(peer)).toEqual(['/now/who']);
      expect(peers).toEqual([
        {
          address: '192.0.2.7',
          port: 4660,
          family: 'ipv4',
          proxy: { address: { address: PROXY, port: 50000, family: 'ipv4' }, tlvs: new Map() },
        },
      ]);
    }
  });

  test('version 2 gives its TLVs', async () => {
    const { connect } = await openLimited(options);
    const peer = await connect(PROXY);
    const bytes = Buffer.from(
      '0d0a0d0a000d0a515549540a211100120c0c0c0cc63364021234 01bb 02 0003 612e62'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    await peer.send(bytes);
    await peer.send(get('/now/who'));
    expect(peers).toMatchObject([
      { address: '12.12.12.12', proxy: { tlvs: new Map([[2, new Uint8Array([97, 46, 98])]]) } },
    ]);
  });

  test('limits count for whom it speaks for, and not for the proxy', async () => {
    const { connect, context } = await openLimited({ ...options, ipLimitWsi: 1 });
    const [first, second, third] = [
      await connect(PROXY),
      await connect(PROXY),
      await connect(PROXY),
    ];
    await first.send(header('192.0.2.7'));
    await second.send(header('192.0.2.8'));
    await third.send(header('192.0.2.7'));
    expect([first, second, third].map((peer) => peer.isClosed)).toEqual([false, false, true]);
    expect(context.counters.refused.get('LWS_ERR_PEER_LIMIT_WSI')).toBe(1);
    expect(logged).toEqual([expect.stringContaining('192.0.2.7:4660')]);
  });

  test.each([
    ['version 1', 'PROXY UNKNOWN\r\n'],
    ['version 2', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'],
  ])('the proxy itself has no limits: %s', async (_name, itself) => {
    const limits = { ipLimitWsi: 1, ipLimitAh: 1, ipConnectionsPerSec: 1, ipRequestsPerSec: 1 };
    const { connect } = await openLimited({ ...options, ...limits });
    const all = [await connect(PROXY), await connect(PROXY), await connect(PROXY)];
    await all[0]?.send(itself + get('/wait'));
    for (const peer of all.slice(1)) await peer.send(itself + get('/now'));
    expect(all.slice(1).map((peer) => answers(peer))).toEqual([['/now'], ['/now']]);
  });

  test('who is not trusted says no more than HTTP', async () => {
    const { connect } = await openLimited(options);
    const peer = await connect('11.0.0.1');
    await peer.send(header('192.0.2.7') + get('/now'));
    expect(answers(peer)).toEqual(['400']);
    expect(peers).toEqual([]);
    const other = await connect('11.0.0.1');
    await other.send(get('/now'));
    expect(peers).toMatchObject([{ address: '11.0.0.1' }]);
  });

  test.each([
    ['no header', get('/now')],
    ['a malformed one', 'PROXY TCP4 192.0.2.7\r\n'],
    ['a line without end', 'PROXY UNKNOWN '.padEnd(200, 'x')],
  ])('of a trusted proxy: %s is cut', async (_name, said) => {
    const { connect, context } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(said);
    expect([peer.isClosed, peer.text]).toEqual([true, '']);
    expect(context.counters).toMatchObject({ rejected: 1, wsi_alive: 0 });
    expect(context.counters.refused.get('LWS_ERR_PEER_PROXY_HEADER')).toBe(1);
    expect(logged).toEqual([expect.stringContaining('LWS_ERR_PEER_PROXY_HEADER')]);
  });

  test('a proxy may be known by an address of the link, whatever the link is', async () => {
    const { connect } = await openLimited({ ...options, trustedProxies: ['fe80::/10'] });
    const peer = await connect('fe80::1%eth0');
    await peer.send(header('192.0.2.7') + get('/now'));
    expect([answers(peer), peers[0]?.address]).toEqual([['/now'], '192.0.2.7']);
  });

  test('a header that does not come is waited for, but not for ever', async () => {
    const { clock, connect, context } = await openLimited({
      ...options,
      proxyHeaderTimeoutSecs: 2,
    });
    const peer = await connect(PROXY);
    await peer.send('PROXY ');
    await clock.advance(1900);
    expect(peer.isClosed).toBe(false);
    await clock.advance(200);
    expect(peer.isClosed).toBe(true);
    expect(context.counters.refused.get('LWS_ERR_TIMEOUT')).toBe(1);
  });

  test('one that leaves before its header is over', async () => {
    const { connect, context } = await openLimited(options);
    const [first, second] = [await connect(PROXY), await connect(PROXY)];
    await first.end();
    await second.reset();
    expect(context.counters.refused.get('LWS_ERR_PEER_PROXY_HEADER')).toBe(2);
  });

  test('a context that closes meanwhile cuts it', async () => {
    const { connect, context } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send('PROXY ');
    await context.close({ deadlineSecs: 5 });
    expect(peer.isClosed).toBe(true);
  });
});

describe('a unix socket', () => {
  const said = 'PROXY TCP4 192.0.2.7 198.51.100.2 4660 443\r\n';

  test.each([
    [['unix'], ['/now'], '192.0.2.7'],
    [['10.0.0.0/8', 'unix'], ['/now'], '192.0.2.7'],
    [['10.0.0.0/8'], ['400'], undefined],
  ])('with trustedProxies: %j', async (trustedProxies, answered, from) => {
    const { vhost } = await openLimited({ trustedProxies, proxyProtocol: true });
    const [server, client] = memoryTransportPair();
    const peer = new RawPeer(client);
    server.standsFor({ address: '', port: 0, family: 'unix' });
    vhost.adopt(server);
    await settle();
    await peer.send(said + get('/now'));
    expect([answers(peer), peers[0]?.address]).toEqual([answered, from]);
  });
});

describe('X-Forwarded-For', () => {
  const options = {
    trustedProxies: ['10.0.0.0/8', 'unix'],
    forwardedBy: 'x-forwarded-for',
  } as const;
  const from = (...values: string[]): string =>
    values.map((value) => `X-Forwarded-For: ${value}\r\n`).join('');

  test.each([
    ['one address', from('192.0.2.7'), '192.0.2.7'],
    ['one that the client made up before it', from('203.0.113.9, 192.0.2.7'), '192.0.2.7'],
    ['one more proxy that is trusted', from('192.0.2.7, 10.1.2.3'), '192.0.2.7'],
    ['in two fields', from('203.0.113.9', '192.0.2.7, 10.1.2.3'), '192.0.2.7'],
    ['IPv6', from('2001:db8::7'), '2001:db8::7'],
    ['IPv6 with brackets and port', from('[2001:db8::7]:4711'), '2001:db8::7'],
    ['IPv4-mapped', from('::ffff:192.0.2.7'), '192.0.2.7'],
    ['trusted ones alone', from('10.9.9.9, 10.1.2.3'), '10.9.9.9'],
    ['one that does not say', from('unknown'), PROXY],
    ['one that does not say, behind a proxy', from('unknown, 10.1.2.3'), '10.1.2.3'],
    ['an address before one that does not say', from('192.0.2.7, unknown'), PROXY],
    ['rubbish', from('"><script>'), PROXY],
    ['an address before rubbish', from('192.0.2.7, "><script>'), PROXY],
    ['rubbish before an address', from('"><script>, 192.0.2.7'), '192.0.2.7'],
    ['nothing', from(''), PROXY],
    ['no such field', '', PROXY],
    ['another field', 'Forwarded: for=192.0.2.7\r\n', PROXY],
  ])('%s', async (_name, fields, expected) => {
    const { connect } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', fields));
    expect(answers(peer)).toEqual(['/now']);
    expect(peers.map(({ address }) => address)).toEqual([expected]);
  });

  test('who is not trusted is not believed', async () => {
    const { connect } = await openLimited(options);
    const peer = await connect('192.0.2.1');
    await peer.send(get('/now', from('203.0.113.9')));
    expect(peers.map(({ address }) => address)).toEqual(['192.0.2.1']);
  });

  test('each request of a connection is from whom its own field says', async () => {
    const { connect } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', from('192.0.2.7')) + get('/now', from('192.0.2.8')) + get('/now'));
    expect(peers.map(({ address }) => address)).toEqual(['192.0.2.7', '192.0.2.8', PROXY]);
  });

  test('what comes between two requests is from the proxy, not from whom the last one was', async () => {
    const { connect } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', from('192.0.2.7')));
    await peer.send('GET / HTTP/9.9\r\n\r\n');
    expect(answers(peer)).toEqual(['/now', '505']);
    expect(logged).toEqual([expect.stringContaining(`${PROXY}:50000`)]);
  });

  test('a list without end is answered 400', async () => {
    const { connect, context } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', from(Array(65).fill('10.0.0.2').join(','))));
    expect(answers(peer)).toEqual(['400']);
    expect(context.counters.refused.get('LWS_ERR_PEER_FORWARDED')).toBe(1);
  });

  test('limits count for whom a request is from, as long as it lasts', async () => {
    const { connect, answer, context } = await openLimited({ ...options, ipLimitWsi: 2 });
    const all = [];
    for (let at = 0; at < 5; at++) all.push(await connect(PROXY));
    await all[0]?.send(get('/1', from('192.0.2.7')));
    await all[1]?.send(get('/2', from('192.0.2.7')));
    await all[2]?.send(get('/3', from('192.0.2.7')));
    await all[3]?.send(get('/now/4', from('192.0.2.8')));
    expect(all.slice(0, 4).map((peer) => answers(peer))).toEqual([[], [], ['429'], ['/now/4']]);
    await answer('/1');
    await all[4]?.send(get('/now/5', from('192.0.2.7')));
    expect(answers(all[4] as never)).toEqual(['/now/5']);
    await answer('/2');
    // connections that wait for the next request are nobody's
    expect(peersOf(context).map(({ connections }) => connections)).toEqual([0, 0]);
    expect(context.counters.refused.get('LWS_ERR_PEER_LIMIT_WSI')).toBe(1);
  });

  test('the proxy itself has no limits: a request that says nobody else', async () => {
    const limits = { ipLimitWsi: 1, ipLimitAh: 1, ipRequestsPerSec: 1 };
    const { connect } = await openLimited({ ...options, ...limits });
    const all = [await connect(PROXY), await connect(PROXY), await connect(PROXY)];
    await all[0]?.send(get('/wait'));
    for (const peer of all.slice(1)) await peer.send(get('/now'));
    expect(all.slice(1).map((peer) => answers(peer))).toEqual([['/now'], ['/now']]);
  });

  test('a WebSocket counts to its end, and its messages for whom it is from', async () => {
    const { vhost, context } = await openLimited({ ...options, ipWsMessagesPerSec: 1 });
    const pair = { clientAddress: PROXY };
    const extra = { fields: ['X-Forwarded-For: 192.0.2.7'] };
    const client = await connectWsPeer(vhost, extra, pair);
    expect(peersOf(context)).toEqual([
      { peer: '192.0.2.7', connections: 1, headerTables: 0, waiting: 0 },
    ]);
    await client.text('1');
    await client.peer.send(clientFrame(1, '2'));
    expect(client.closeCode()).toBe(1008);
    expect(heard).toEqual(['1']);
    await client.peer.reset();
    expect(peersOf(context)).toMatchObject([{ connections: 0 }]);
  });

  test('header tables too: a request more waits, with its head read, and is answered in order', async () => {
    const { clock, connect, answer, waiting, context } = await openLimited({
      ...options,
      ipLimitAh: 1,
    });
    const all: RawPeer[] = [];
    for (let at = 0; at < 5; at++) all.push(await connect(PROXY));
    const [first, second, third, fourth, other] = all as [
      RawPeer,
      RawPeer,
      RawPeer,
      RawPeer,
      RawPeer,
    ];
    await first.send(get('/1', from('192.0.2.7')));
    await second.send(get('/2', from('192.0.2.7')) + get('/now/5', from('192.0.2.8')));
    await third.send(get('/3', from('192.0.2.7')));
    const fields = `Content-Length: 4\r\n${from('192.0.2.7')}`;
    await fourth.send(get('/now/4', fields).replace('GET', 'POST'));
    await other.send(get('/now/6', from('192.0.2.8')));
    expect(answers(other)).toEqual(['/now/6']);
    await clock.advance(25_000);
    await fourth.send('body');
    expect([...waiting.keys()]).toEqual(['/1']);
    expect(context.counters.ah_waits).toBe(3);
    expect([first, second, third, fourth].map((peer) => [peer.isClosed, peer.text])).toEqual(
      Array(4).fill([false, '']),
    );
    await third.reset();
    await clock.advance(2500);
    await answer('/1');
    expect([...waiting.keys()]).toEqual(['/2']);
    await answer('/2');
    expect([first, second, fourth].map(answers)).toEqual([['/1'], ['/2', '/now/5'], ['/now/4']]);
    await fourth.send(get('/now/7', from('192.0.2.7')));
    expect(answers(fourth)).toEqual(['/now/4', '/now/7']);
    expect(context.counters.rejected).toBe(0);
    for (const { connections, headerTables, waiting: left } of peersOf(context))
      expect([connections, headerTables, left]).toEqual([0, 0, 0]);
  });

  test('a context that closes cuts a request that waits, at the deadline', async () => {
    const { clock, connect, context } = await openLimited({ ...options, ipLimitAh: 1 });
    const [first, second] = [await connect(PROXY), await connect(PROXY)];
    await first.send(get('/1', from('192.0.2.7')));
    await second.send(get('/2', from('192.0.2.7')));
    const closed = context.close({ deadlineSecs: 2 });
    await clock.advance(2500);
    expect(await closed).toMatchObject({ cut: 2 });
    expect(second.isClosed).toBe(true);
  });

  test('rates of requests too', async () => {
    const { connect } = await openLimited({
      ...options,
      ipRequestsPerSec: 1,
      ipConnectionsPerSec: 1,
    });
    const [first, second] = [await connect(PROXY), await connect(PROXY)];
    await first.send(get('/now', from('192.0.2.7')) + get('/now', from('192.0.2.8')));
    await second.send(get('/now', from('192.0.2.7')));
    expect([answers(first), answers(second)]).toEqual([['/now', '/now'], ['429']]);
    expect(second.text).toMatch(/\r\nretry-after: \d+\r\n/i);
  });
});

describe('Forwarded', () => {
  const options = { trustedProxies: [PROXY], forwardedBy: 'forwarded' } as const;

  test.each([
    ['for=192.0.2.7', '192.0.2.7'],
    ['for=203.0.113.9, for=192.0.2.7;proto=https', '192.0.2.7'],
    ['for="[2001:db8::7]:4711"', '2001:db8::7'],
    ['for=_hidden', PROXY],
    ['for=192.0.2.7, for=_hidden', PROXY],
    ['proto=https', PROXY],
  ])('%s', async (value, expected) => {
    const { connect } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', `Forwarded: ${value}\r\n`));
    expect(peers.map(({ address }) => address)).toEqual([expected]);
  });

  test('a malformed one is answered 400: what a client put before is no way to hide', async () => {
    const { connect, context } = await openLimited(options);
    const peer = await connect(PROXY);
    await peer.send(get('/now', 'Forwarded: for="\r\nForwarded: for=192.0.2.7\r\n'));
    expect(answers(peer)).toEqual(['400']);
    expect(context.counters.refused.get('LWS_ERR_PEER_FORWARDED')).toBe(1);
    expect(logged).toEqual([expect.stringContaining('LWS_ERR_PEER_FORWARDED')]);
  });
});

test('an upgrade is from whom its request is from', async () => {
  const { connect } = await openLimited({
    trustedProxies: [PROXY],
    forwardedBy: 'x-forwarded-for',
    ipLimitWsi: 1,
  });
  const said = upgradeRequest({ protocol: 'talk', fields: ['X-Forwarded-For: 192.0.2.7'] });
  const [first, second] = [await connect(PROXY), await connect(PROXY)];
  await first.send(said);
  await second.send(said);
  expect(first.text).toMatch(/^HTTP\/1\.1 101 /);
  expect(second.text).toMatch(/^HTTP\/1\.1 429 /);
});
