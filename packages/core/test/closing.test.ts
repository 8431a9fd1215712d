import { protocol, type Wsi } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { openLine } from './open-line.ts';

const logged = captureLog();

describe('the polite end', () => {
  test('a role that has nothing to say: output, FIN, and over when the peer answers', async () => {
    const { peer, line, clock, context } = await openLine();
    line.say('last words');
    line.host.close(1000, '');
    expect(line.host.open).toBe(false);
    await settle();
    expect([peer.text, peer.ended, peer.isClosed]).toEqual(['last words', true, false]);
    await peer.end();
    expect(line.events).toEqual(['closing 1000', 'gone']);
    expect([context.loop.wheel.size, context.counters.wsi_alive]).toEqual([0, 0]);
    await clock.advance(60_000);
    expect(peer.error).toBeUndefined();
  });

  test('a role that says goodbye hears the answer, whatever the program had turned off', async () => {
    const { peer, line } = await openLine({
      line: (one) => one.host.rxFlowControl(false),
      closing(one) {
        one.say('bye?');
        return true;
      },
    });
    await peer.send('a\nb\n');
    line.host.requestWriteable();
    line.host.close(1000, '');
    await peer.send('c\nbye\nd\n');
    expect(peer.text).toBe('bye?');
    expect(line.events).toEqual(['a', 'closing 1000', 'b', 'c', 'bye']);
    expect(peer.ended).toBe(true);
  });

  test('closing twice is closing once', async () => {
    const { line } = await openLine({ closing: () => true });
    line.host.close(1000, '');
    line.host.close(1001, '');
    expect(line.events).toEqual(['closing 1000']);
    line.host.finish();
    line.host.finish();
    line.host.close(1002, '');
    await settle();
    expect(line.events).toEqual(['closing 1000']);
  });

  test('a peer that does not answer FIN is cut after a second', async () => {
    const { peer, line, clock } = await openLine();
    line.host.finish();
    await clock.advance(999);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect([peer.ended, line.events]).toEqual([true, ['gone']]);
    expect(line.host.timeoutReason).toBe('linger');
  });

  test('what arrives meanwhile is discarded: 256 KiB, then reading stops, and the cut waits', async () => {
    const { peer, server, line, clock, vhost } = await openLine();
    line.say('refused');
    line.host.finish();
    for (let at = 0; at < 32; at++) {
      await peer.send(new Uint8Array(8 * 1024));
      expect(server.reading).toBe(true);
    }
    await peer.send('x');
    expect(server.reading).toBe(false);
    await peer.send(new Uint8Array(1000));
    expect(server.unreadBytes).toBe(1000);
    await clock.advance(999);
    expect([peer.text, peer.isClosed]).toEqual(['refused', false]);
    await clock.advance(1);
    expect([peer.isClosed, line.events]).toEqual([true, ['gone']]);
    expect(vhost.counters.rx).toBe(256 * 1024 + 1);
  });

  test('behind more than 16 KiB at once it reads nothing for 100 ms, so that others are heard', async () => {
    const { peer, server, line, clock, vhost } = await openLine();
    line.host.finish();
    for (let at = 0; at < 4; at++) {
      await peer.send(new Uint8Array(64 * 1024));
      expect(server.reading).toBe(false);
      await clock.advance(99);
      expect(server.reading).toBe(false);
      await clock.advance(1);
      expect(server.reading).toBe(true);
    }
    await peer.send(new Uint8Array(256 * 1024));
    await clock.advance(100);
    expect([server.reading, line.events]).toEqual([false, []]);
    expect(vhost.counters.rx).toBe(320 * 1024);
    await clock.advance(499);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['gone']);
  });

  test('it rests also behind what it says goodbye to', async () => {
    const { peer, server, line, clock } = await openLine({ line: (one) => one.host.finish() });
    await peer.send(`hello\n${'x'.repeat(16 * 1024)}`);
    expect(server.reading).toBe(false);
    await clock.advance(100);
    expect([server.reading, line.events]).toEqual([true, ['hello']]);
    await peer.end();
    await settle();
    expect(line.events).toEqual(['hello', 'gone']);
  });

  test('behind each 16 KiB, which TLS gives at most, it reads on at once', async () => {
    const { peer, server, line, vhost } = await openLine();
    line.host.finish();
    for (let at = 0; at < 16; at++) {
      await peer.send(new Uint8Array(16 * 1024));
      expect(server.reading).toBe(true);
    }
    await peer.send('x');
    expect([server.reading, vhost.counters.rx]).toEqual([false, 256 * 1024 + 1]);
  });

  test('a peer that takes no more is cut after 5 s, with a line and a count', async () => {
    const { peer, line, clock, vhost } = await openLine({}, { capacity: 100, listening: false });
    line.say('x'.repeat(1000));
    line.host.finish();
    await clock.advance(4999);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['gone']);
    expect(line.host.timeoutReason).toBe('shutdown-flush');
    expect(vhost.counters.refused.get('LWS_ERR_TIMEOUT')).toBe(1);
    expect(logged).toEqual([expect.stringContaining('shutdown-flush')]);
    await peer.read(true);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
  });

  test('a peer that takes slowly gets all, a second to answer, and no cut before', async () => {
    const { peer, line, clock } = await openLine({}, { capacity: 100, listening: false });
    line.say('x'.repeat(1000));
    line.host.finish();
    for (let round = 0; round < 9; round++) {
      await clock.advance(4000);
      expect(line.events).toEqual([]);
      peer.readOnce();
      await settle();
    }
    expect([peer.bytes.length, line.events]).toEqual([900, ['drained']]);
    await clock.advance(999);
    expect(line.events).toEqual(['drained']);
    await clock.advance(1);
    expect(line.events).toEqual(['drained', 'gone']);
    await peer.read(true);
    expect([peer.bytes.length, peer.ended, peer.error]).toEqual([1000, true, undefined]);
  });
});

describe('FIN of the peer', () => {
  test('is told behind what it said', async () => {
    const { peer, line } = await openLine({ line: (one) => one.host.rxFlowControl(false) });
    peer.push('a\nb\nc\n');
    await peer.end();
    expect(line.events).toEqual(['a']);
    line.host.rxFlowControl(true);
    await settle();
    line.host.rxFlowControl(true);
    await settle();
    expect(line.events).toEqual(['a', 'b', 'c']);
    line.host.rxFlowControl(true);
    await settle();
    expect(line.events).toEqual(['a', 'b', 'c', 'fin', 'gone']);
  });

  test('leaves the role its say', async () => {
    const { peer, line } = await openLine({
      peerEnded: (one) => one.host.requestWriteable(),
      writeable(one) {
        one.say('still here');
        one.host.finish();
      },
    });
    await peer.end();
    expect(peer.text).toBe('still here');
    expect(line.events).toEqual(['fin', 'writeable', 'gone']);
  });
});

describe('abort', () => {
  test('is the end of deliveries, of writeable and of output, in the middle of a chunk too', async () => {
    const { peer, line, context } = await openLine({
      line(one, text) {
        one.say(`${text}\n`);
        one.host.requestWriteable();
        if (text === 'b') one.host.abort();
      },
    });
    line.host.setTimerMs(1000);
    await peer.send('a\nb\nc\nd\n');
    expect(line.events).toEqual(['a', 'writeable', 'b', 'gone']);
    expect([peer.text, peer.error?.code]).toEqual(['', 'LWS_ERR_TRANSPORT_RESET']);
    expect(line.host.open).toBe(false);
    expect([context.loop.wheel.size, context.counters.wsi_alive]).toEqual([0, 0]);
  });

  test('fail() reports first', async () => {
    const { peer, line, vhost } = await openLine({
      line: (one) =>
        one.host.fail({ code: 'LWS_ERR_TEST', message: 'the test says so', hint: '' }, 'in detail'),
    });
    await peer.send('a\nb\n');
    expect(line.events).toEqual(['a', 'gone']);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(vhost.counters.refused.get('LWS_ERR_TEST')).toBe(1);
    expect(logged).toEqual([
      'notice LWS_ERR_TEST 192.0.2.1:50000 vhost default: the test says so: in detail',
    ]);
  });

  test('a reset by the peer says so', async () => {
    const { peer, line } = await openLine();
    await peer.reset();
    expect(line.events).toEqual(['gone LWS_ERR_TRANSPORT_RESET']);
  });
});

describe('after the end', () => {
  type Row = readonly [name: string, call: (wsi: Wsi<unknown, unknown>) => unknown];
  const calls: readonly Row[] = [
    ['requestWriteable', (wsi) => wsi.requestWriteable()],
    ['requestWriteableAll', (wsi) => wsi.requestWriteableAll()],
    ['rxFlowControl(false)', (wsi) => wsi.rxFlowControl(false)],
    ['rxFlowControl(true)', (wsi) => wsi.rxFlowControl(true)],
    ['setTimerMs', (wsi) => wsi.setTimerMs(10)],
    ['setTimerMs(NaN)', (wsi) => wsi.setTimerMs(Number.NaN)],
    ['setTimeout', (wsi) => wsi.setTimeout('user-1', 1)],
    ['setTimeout of nothing', (wsi) => wsi.setTimeout('nonsense' as 'user-1', 1)],
    ['close', (wsi) => wsi.close(1000, 'again')],
    ['abort', (wsi) => wsi.abort()],
  ];
  const ends: readonly (readonly [string, (of: Awaited<ReturnType<typeof over>>) => unknown])[] = [
    [
      'close and FIN',
      async ({ wsi, peer }) => {
        wsi.close();
        await peer.end();
      },
    ],
    ['abort', ({ wsi }) => wsi.abort()],
    ['a reset', ({ peer }) => peer.reset()],
    [
      'a deadline',
      async ({ wsi, clock }) => {
        wsi.setTimeout('user-3', 1);
        await clock.advance(1000);
      },
    ],
    ['the end of the context', ({ context }) => context.close({ deadlineSecs: 0 })],
  ];

  async function over() {
    const lines = protocol({
      name: 'lines',
      session: () => ({ kept: 1 }),
      vhostData: () => 'data',
    });
    const opened = await openLine({}, { protocols: [lines.with({ default: true })] });
    const { wsi } = opened.line;
    if (wsi === undefined) throw new Error('not bound');
    return { ...opened, wsi };
  }

  describe.each(ends)('by %s', (_name, end) => {
    test.each(calls)('%s does nothing', async (_call, call) => {
      const opened = await over();
      const { wsi, line, server, clock, context } = opened;
      await end(opened);
      await settle();
      await clock.advance(2000);
      const events = [...line.events];
      expect(events.at(-1)).toMatch(/^gone/);
      const { writes } = server;
      expect(() => call(wsi)).not.toThrow();
      await clock.advance(60_000);
      expect([line.events, server.writes]).toEqual([events, writes]);
      expect(context.loop.wheel.size).toBe(0);
    });

    test('reads give the last state', async () => {
      const opened = await over();
      const { wsi } = opened;
      await end(opened);
      await opened.clock.advance(2000);
      expect([wsi.id, wsi.open, wsi.protocol, wsi.session, wsi.vhostData]).toEqual([
        1,
        false,
        'lines',
        { kept: 1 },
        'data',
      ]);
      expect([wsi.vhost.name, wsi.vhost.port]).toEqual(['default', -1]);
      expect([wsi.peer.address, wsi.security]).toEqual(['192.0.2.1', undefined]);
    });
  });

  test('a role that goes on all the same is heard by nobody', async () => {
    const { peer, line, context, vhost, clock } = await openLine();
    const { host } = line;
    host.abort();
    await settle();
    for (let at = 0; at < 300; at++) line.say('x'.repeat(1000));
    const sent: string[] = [];
    host.writeOwned(new Uint8Array(10), () => sent.push('sent'));
    host.forceService();
    host.bind(vhost.defaultProtocol, line.wsi);
    host.become(() => line, new Uint8Array(0));
    host.finish();
    host.close(1000, '');
    host.fail({ code: 'LWS_ERR_TEST', message: '', hint: '' });
    await clock.advance(60_000);
    expect(line.events).toEqual(['gone']);
    expect([peer.text, sent, vhost.counters.tx]).toEqual(['', ['sent'], 0]);
    expect([context.counters.wsi_alive, context.loop.wheel.size]).toEqual([0, 0]);
    expect(logged).toEqual([]);
  });
});
