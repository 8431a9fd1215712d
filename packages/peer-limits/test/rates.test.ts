/** EXH-1: how fast a peer may be. Token buckets that survive a reconnect. */
import { clientFrame, connectWsPeer } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { answers, get, heard, logged, openLimited } from './open-limited.ts';

describe('connections', () => {
  const CODE = 'LWS_ERR_PEER_CONNECTION_RATE';

  test('so many at once, then so many a second; another peer is not concerned', async () => {
    const { clock, connect, context } = await openLimited({
      ipConnectionsPerSec: 2,
      ipConnectionsBurst: 3,
    });
    const let_in = async (times: number): Promise<number> => {
      let count = 0;
      for (let at = 0; at < times; at++) {
        const peer = await connect();
        if (peer.isClosed) continue;
        count++;
        await peer.reset();
      }
      return count;
    };
    expect(await let_in(5)).toBe(3);
    expect((await connect('192.0.2.9')).isClosed).toBe(false);
    await clock.advance(500);
    expect(await let_in(5)).toBe(1);
    await clock.advance(1000);
    expect(await let_in(5)).toBe(2);
    await clock.advance(60_000);
    expect(await let_in(5)).toBe(3);
    expect(context.counters.refused.get(CODE)).toBe(2 + 4 + 3 + 2);
    expect(logged.some((line) => line.includes(CODE))).toBe(true);
  });

  test('a budget that fills slowly is remembered as long as it takes', async () => {
    const { clock, connect } = await openLimited({
      ipConnectionsPerSec: 0.01,
      ipConnectionsBurst: 2,
    });
    for (const closed of [false, false, true]) {
      const peer = await connect();
      expect(peer.isClosed).toBe(closed);
      await peer.reset();
    }
    await clock.advance(90_000);
    expect((await connect()).isClosed).toBe(true);
    await clock.advance(15_000);
    expect((await connect()).isClosed).toBe(false);
    expect((await connect()).isClosed).toBe(true);
  });

  test('less than one a second is one at once, and remembered until the next may come', async () => {
    const { clock, connect } = await openLimited({ ipConnectionsPerSec: 0.05 });
    const comes = async (): Promise<boolean> => {
      const peer = await connect();
      const taken = !peer.isClosed;
      await peer.reset();
      return taken;
    };
    expect([await comes(), await comes()]).toEqual([true, false]);
    await clock.advance(16_000);
    expect(await comes()).toBe(false);
    await clock.advance(4000);
    expect([await comes(), await comes()]).toEqual([true, false]);
  });

  test('who is turned away again and again is not forgotten for others that come', async () => {
    const { connect } = await openLimited({ ipConnectionsPerSec: 1, ipLimitMaxPeers: 16 });
    await (await connect()).reset();
    for (let at = 10; at < 60; at++) {
      await (await connect(`192.0.2.${at}`)).reset();
      expect((await connect()).isClosed).toBe(true);
    }
  });
});

describe('requests', () => {
  test('over the rate they are answered 429, on any connection of the peer', async () => {
    const { clock, connect, context } = await openLimited({ ipRequestsPerSec: 2 });
    const [first, second, other] = [await connect(), await connect(), await connect('192.0.2.9')];
    await first.send(get('/now/1') + get('/now/2'));
    await second.send(get('/now/3'));
    await other.send(get('/now/4'));
    expect([answers(first), answers(second), answers(other)]).toEqual([
      ['/now/1', '/now/2'],
      ['429'],
      ['/now/4'],
    ]);
    expect(second.ended).toBe(true);
    await clock.advance(500);
    await first.send(get('/now/5'));
    expect(answers(first)).toEqual(['/now/1', '/now/2', '/now/5']);
    expect(context.counters.refused.get('LWS_ERR_PEER_REQUEST_RATE')).toBe(1);
    expect(logged.some((line) => line.includes('LWS_ERR_PEER_REQUEST_RATE'))).toBe(true);
  });

  test.each([
    [0.1, 0, 10],
    [0.1, 4300, 6],
    [2, 0, 1],
  ])(
    'at %f a second, %i ms later, it says when to come again: in %i s',
    async (perSec, ms, secs) => {
      const { clock, connect } = await openLimited({
        ipRequestsPerSec: perSec,
        ipRequestsBurst: 1,
      });
      const [first, second, third] = [await connect(), await connect(), await connect()];
      await first.send(get('/now/1'));
      await clock.advance(ms);
      await second.send(get('/now/2'));
      expect(second.text).toMatch(
        new RegExp(`^HTTP/1\\.1 429 [^]*\\r\\nretry-after: ${secs}\\r\\n`, 'i'),
      );
      // and who comes then is served
      await clock.advance(secs * 1000);
      if (third.isClosed || third.ended) return;
      await third.send(get('/now/3'));
      expect(answers(third)).toEqual(['/now/3']);
    },
  );

  test('who asked nothing for long may not ask for more at once', async () => {
    const { clock, connect } = await openLimited({ ipRequestsPerSec: 2, timeoutSecs: 60 });
    const peer = await connect();
    await peer.send(get('/now/1'));
    const other = await connect();
    await clock.advance(30_000);
    await other.send(get('/now/2') + get('/now/3') + get('/now/4'));
    expect(answers(other)).toEqual(['/now/2', '/now/3', '429']);
  });

  test('ipRequestsBurst says how many at once', async () => {
    const { connect } = await openLimited({ ipRequestsPerSec: 1, ipRequestsBurst: 4 });
    const peer = await connect();
    await peer.send(get('/now/1') + get('/now/2') + get('/now/3') + get('/now/4') + get('/now/5'));
    expect(answers(peer)).toEqual(['/now/1', '/now/2', '/now/3', '/now/4', '429']);
  });
});

describe('messages of WebSockets', () => {
  test('over the rate the connection is closed with 1008', async () => {
    const { clock, vhost, context } = await openLimited({
      ipWsMessagesPerSec: 1,
      ipWsMessagesBurst: 3,
    });
    const [first, second] = [await connectWsPeer(vhost), await connectWsPeer(vhost)];
    await first.text('1', '2');
    await second.text('3');
    await clock.advance(1000);
    await first.text('4');
    expect(heard).toEqual(['1', '2', '3', '4']);
    await second.text('5', '6');
    expect(second.closeCode()).toBe(1008);
    expect(heard).toEqual(['1', '2', '3', '4']);
    expect(context.counters.refused.get('LWS_ERR_PEER_MESSAGE_RATE')).toBe(1);
    expect(logged.some((line) => line.includes('LWS_ERR_PEER_MESSAGE_RATE'))).toBe(true);
  });

  test('a message counts once, however many frames it has; pings are no messages', async () => {
    const { vhost } = await openLimited({ ipWsMessagesPerSec: 1 });
    const client = await connectWsPeer(vhost);
    await client.peer.send(clientFrame(1, 'a', { fin: false }));
    await client.peer.send(clientFrame(9, 'ping'));
    await client.peer.send(clientFrame(0, 'b', { fin: false }));
    await client.peer.send(clientFrame(0, 'c'));
    expect(heard).toEqual(['abc']);
    await client.text('d');
    expect(client.closeCode()).toBe(1008);
  });
});

describe('bytes of WebSockets', () => {
  test('over the rate the connection is closed with 1008', async () => {
    const { clock, vhost, context } = await openLimited({
      ipWsBytesPerSec: 100,
      ipWsBytesBurst: 1000,
    });
    const client = await connectWsPeer(vhost);
    await client.text('x'.repeat(600), 'y'.repeat(400));
    await clock.advance(3000);
    await client.text('z'.repeat(300));
    expect(heard.map((message) => message.length)).toEqual([600, 400, 300]);
    await client.text('w');
    expect(client.closeCode()).toBe(1008);
    expect(heard).toHaveLength(3);
    expect(context.counters.refused.get('LWS_ERR_PEER_BYTE_RATE')).toBe(1);
    expect(logged.some((line) => line.includes('LWS_ERR_PEER_BYTE_RATE'))).toBe(true);
  });

  test('one frame that goes on and on is charged as it comes', async () => {
    const { vhost } = await openLimited({ ipWsBytesPerSec: 1000 });
    const client = await connectWsPeer(vhost);
    const frame = clientFrame(2, 'x'.repeat(100_000));
    for (let at = 0; at < 3000; at += 500) await client.peer.send(frame.subarray(at, at + 500));
    expect(client.closeCode()).toBe(1008);
    expect(heard).toEqual([]);
  });

  test('a message of more than a burst is let through once, and paid for', async () => {
    const { clock, vhost } = await openLimited({ ipWsBytesPerSec: 100 });
    const client = await connectWsPeer(vhost);
    await client.text('x'.repeat(500));
    expect(heard).toHaveLength(1);
    await clock.advance(4500);
    const again = await connectWsPeer(vhost);
    await again.text('y'.repeat(60));
    expect(again.closeCode()).toBe(1008);
    await clock.advance(100);
    const later = await connectWsPeer(vhost);
    await later.text('z'.repeat(60));
    expect(heard.map((message) => message.length)).toEqual([500, 60]);
  });
});

test('who is exempt has no rates', async () => {
  const { connect, vhost } = await openLimited({
    ipRequestsPerSec: 1,
    ipConnectionsPerSec: 1,
    ipWsMessagesPerSec: 1,
    ipWsBytesPerSec: 1,
    ipLimitExempt: ['192.0.2.0/24'],
  });
  const peer = await connect();
  await peer.send(get('/now/1') + get('/now/2'));
  expect(answers(peer)).toEqual(['/now/1', '/now/2']);
  const client = await connectWsPeer(vhost);
  await client.text('1', '2', '3');
  expect(heard).toEqual(['1', '2', '3']);
});
