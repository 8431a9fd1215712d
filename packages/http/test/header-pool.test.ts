/** Where no head may be copied, who holds a header table too long gives way, so that nobody else waits for it (SLO-8). */
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { answered, echo, logged, ok, openHttp, statuses } from './open-http.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const noCopies = { maxHttpHeaderCopies: 0 };

describe('SLO-8 the pool, without copies', () => {
  test('300 connections of one byte: a good client is answered at once, and each time', async () => {
    const { connect, clock, lent, vhost } = await openHttp(echo, noCopies);
    const bad = [];
    for (let at = 0; at < 300; at++) {
      const { peer } = await connect();
      await peer.send('G');
      bad.push(peer);
    }
    expect(lent()).toBe(256);
    const { peer: early } = await connect();
    await early.send(get);
    await clock.advance(300);
    expect(early.text).toBe(ok('GET /'));
    for (let request = 0; request < 5; request++) {
      await clock.advance(1000);
      const { peer } = await connect();
      await peer.send(get);
      await clock.advance(300);
      expect(statuses(peer.text)).toEqual([200]);
    }
    expect(lent()).toBeLessThanOrEqual(256);
    expect(vhost.counters.refused.get('LWS_ERR_HTTP_HEADER_POOL')).toBeUndefined();
    const refused = bad.filter((peer) => statuses(peer.text)[0] === 408).length;
    expect(vhost.counters.refused.get('LWS_ERR_HTTP_HEAD_STALLED')).toBe(refused);
    expect(refused).toBeGreaterThan(40);
  });

  test('the one without progress for the longest goes first, one for each that waits', async () => {
    const { connect, clock, lent } = await openHttp(echo, { maxHttpHeaderPool: 3, ...noCopies });
    const peers = [];
    for (const byte of 'GGG') {
      const { peer } = await connect();
      await peer.send(byte);
      await clock.advance(100);
      peers.push(peer);
    }
    await peers[0]?.send('ET');
    await clock.advance(300);
    const { peer: good } = await connect();
    await good.send(get);
    expect(good.text).toBe(ok('GET /'));
    expect(peers.map((peer) => statuses(peer.text))).toEqual([[], [408], []]);
    await peers[0]?.send(` / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect([statuses(peers[0]?.text ?? ''), lent()]).toEqual([[200], 1]);
  });

  test('a head that moves is left alone for 2 seconds', async () => {
    const { connect, clock } = await openHttp(echo, { maxHttpHeaderPool: 1, ...noCopies });
    const { peer: slow } = await connect();
    await slow.send('GET /');
    const { peer: good } = await connect();
    await good.send(get);
    for (let tenth = 0; tenth < 18; tenth++) {
      await clock.advance(100);
      await slow.send('x');
    }
    expect([slow.text, good.text]).toEqual(['', '']);
    await clock.advance(100);
    await slow.send('x');
    await clock.advance(250);
    expect([statuses(slow.text), statuses(good.text)]).toEqual([[408], [200]]);
  });

  test('where no head may be copied requests keep their tables: then the wait ends with 503', async () => {
    const { connect, clock } = await openHttp(() => answered, {
      maxHttpHeaderPool: 1,
      maxHttpHeaderCopies: 0,
    });
    const { peer: busy } = await connect();
    await busy.send(get);
    const { peer } = await connect();
    await peer.send(get);
    await clock.advance(9900);
    expect(peer.text).toBe('');
    await clock.advance(200);
    expect([statuses(peer.text), busy.text]).toEqual([[503], '']);
  });

  test('who waits and goes leaves nothing behind', async () => {
    const { connect, clock, lent } = await openHttp(echo, { maxHttpHeaderPool: 1, ...noCopies });
    const { peer: first } = await connect();
    await first.send('G');
    const { peer: second } = await connect();
    await second.send('G');
    await second.reset();
    await first.reset();
    await clock.advance(1000);
    await settle();
    expect(lent()).toBe(0);
  });
});

describe('a head that makes no progress', () => {
  test('is 408 after timeoutSecsAhIdle, whatever timeoutSecs says', async () => {
    const { connect, clock, lent } = await openHttp(echo, { timeoutSecs: 60 });
    const { peer } = await connect();
    const { peer: silent } = await connect();
    await peer.send('G');
    await clock.advance(9000);
    await peer.send('E');
    await clock.advance(9900);
    expect(peer.text).toBe('');
    await clock.advance(200);
    expect([statuses(peer.text), peer.ended, lent()]).toEqual([[408], true, 0]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_HEAD_STALLED');
    // Who has not begun holds no table.
    expect(silent.ended).toBe(false);
    await clock.advance(42_000);
    expect([silent.text, silent.ended]).toEqual(['', true]);
  });

  test('the option counts', async () => {
    const { connect, clock } = await openHttp(echo, { timeoutSecsAhIdle: 1 });
    const { peer } = await connect();
    await peer.send(`${get}G`);
    await clock.advance(900);
    expect(statuses(peer.text)).toEqual([200]);
    await clock.advance(200);
    expect(statuses(peer.text)).toEqual([200, 408]);
  });
});
