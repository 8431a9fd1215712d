/** What the handlers of a raw connection are told, and what they may do. */
import { protocol, type RawTx, type RawWsi } from '@lws-ts/interface';
import { addSpuriousWriteables, connectRawPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { echoing, openRaw } from './open-raw.ts';

type AnyWsi = RawWsi<unknown, unknown>;

describe('in order', () => {
  test('adopt, rx, writeable, close: each once, and adopt before any byte', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    expect(events).toEqual(['adopt']);
    await peer.send('hello');
    await peer.send(' there');
    expect(peer.text).toBe('hello there');
    await peer.end();
    expect(events).toEqual(['adopt', 'rx hello', 'rx  there', 'close']);
    expect(peer.ended).toBe(true);
  });

  test('spurious writeables change nothing', async () => {
    const { protocol: echo } = echoing();
    const { vhost } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    await addSpuriousWriteables(vhost.protocols);
    await peer.send('once');
    await addSpuriousWriteables(vhost.protocols);
    expect(peer.text).toBe('once');
  });

  test('a reset is told by close alone, once', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost, context } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    await peer.reset();
    expect(events).toEqual(['adopt', 'close']);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('sessions are their own, vhost data is shared, the wsi says what it is', async () => {
    const seen: unknown[] = [];
    const counting = protocol({
      name: 'counting',
      session: () => ({ mine: 0 }),
      vhostData: () => ({ all: 0 }),
      raw: {
        rx(wsi) {
          seen.push([++wsi.session.mine, ++wsi.vhostData.all, wsi.protocol, wsi.peer.address]);
          seen.push([wsi.open, wsi.bufferedAmount, wsi.connectTarget]);
        },
      },
    });
    const { vhost } = await openRaw(counting);
    for (const clientAddress of ['192.0.2.7', '192.0.2.8'])
      await (await connectRawPeer(vhost, { clientAddress })).peer.send('x');
    expect(seen).toEqual([
      [1, 1, 'counting', '192.0.2.7'],
      [true, 0, undefined],
      [1, 2, 'counting', '192.0.2.8'],
      [true, 0, undefined],
    ]);
  });

  test('a kept wsi does nothing after close', async () => {
    const { protocol: echo, wsis } = echoing();
    const { vhost } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    await peer.reset();
    const [wsi] = wsis;
    wsi?.requestWriteable();
    wsi?.close();
    wsi?.setTimerMs(1);
    wsi?.rxFlowControl(false);
    wsi?.abort();
    expect([wsi?.open, wsi?.bufferedAmount]).toEqual([false, 0]);
    await settle();
  });
});

describe('tx', () => {
  /** Runs `write` in a writeable and gives what the peer heard. */
  async function written(
    write: (tx: RawTx, wsi: AnyWsi) => void,
    options: { txBudget?: number; capacity?: number } = {},
  ) {
    let first = true;
    const writing = protocol({
      name: 'writing',
      raw: {
        adopt: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          if (first) write(tx, wsi);
          first = false;
        },
      },
    });
    const { txBudget } = options;
    const opened = await openRaw(writing, txBudget === undefined ? {} : { txBudget });
    const connection = await connectRawPeer(opened.vhost, options);
    await settle();
    return { ...opened, ...connection };
  }

  test('write takes bytes and strings, and all leave in one piece', async () => {
    const { peer, server } = await written((tx) => {
      expect(tx.write(Buffer.from('a'))).toBe(true);
      expect(tx.write('ü€😀')).toBe(true);
      expect(tx.write(new Uint8Array(0))).toBe(true);
    });
    expect(Buffer.from(peer.bytes).toString()).toBe('aü€😀');
    expect(server.writes).toBe(1);
  });

  test('bytes are free again when write returns', async () => {
    const { peer } = await written((tx) => {
      const bytes = new Uint8Array(40_000).fill(1);
      tx.write(bytes);
      bytes.fill(2);
    });
    expect(peer.bytes).toEqual(new Uint8Array(40_000).fill(1));
  });

  test.each([
    ['bytes', new Uint8Array(3_000_000).map((_, at) => at * 7)],
    ['text', 'lang€'.repeat(100_000)],
  ])('long %s arrive whole, whatever the peer takes at once', async (_name, data) => {
    const { peer } = await written((tx) => void tx.write(data), { capacity: 1000 });
    await expect
      .poll(async () => {
        await settle();
        return peer.bytes.length;
      })
      .toBe(Buffer.from(data as string).length);
    expect(Buffer.compare(peer.bytes, Buffer.from(data as string))).toBe(0);
  });

  test('false says stop, one write more throws, and the connection is over', async () => {
    const codes: unknown[] = [];
    const { peer, lines } = await written(
      (tx) => {
        expect([tx.choked, tx.write(new Uint8Array(5000)), tx.choked]).toEqual([
          false,
          false,
          true,
        ]);
        try {
          tx.write('more');
        } catch (error) {
          codes.push((error as { code: string }).code);
          throw error;
        }
      },
      { txBudget: 4096 },
    );
    expect(codes).toEqual(['LWS_ERR_TX_CHOKED']);
    expect(peer.isClosed).toBe(true);
    expect(lines.join()).toContain('LWS_ERR_HANDLER_THREW');
  });

  test.each([
    ['a number', (tx: RawTx) => tx.write(7 as unknown as string), 'LWS_ERR_RAW_DATA'],
    ['nothing', (tx: RawTx) => tx.write(undefined as unknown as string), 'LWS_ERR_RAW_DATA'],
    [
      'something after end()',
      (tx: RawTx) => {
        tx.end();
        tx.write('x');
      },
      'LWS_ERR_RAW_DATA',
    ],
  ])('write of %s throws', async (_name, write, code) => {
    let thrown: unknown;
    await written((tx) => {
      try {
        write(tx);
      } catch (error) {
        thrown = error;
      }
    });
    expect(thrown).toMatchObject({ code });
  });

  test('kept it throws, write and end', async () => {
    let kept: RawTx | undefined;
    await written((tx) => {
      kept = tx;
    });
    const expired = expect.objectContaining({ code: 'LWS_ERR_TX_EXPIRED' });
    expect(() => kept?.write('x')).toThrow(expired);
    expect(() => kept?.end()).toThrow(expired);
  });

  test('end is FIN behind what was written, and the peer is still heard', async () => {
    const heard: string[] = [];
    const closes: string[] = [];
    const ending = protocol({
      name: 'ending',
      raw: {
        adopt: (wsi) => wsi.requestWriteable(),
        rx: (_wsi, data) => void heard.push(Buffer.from(data).toString()),
        writeable(_wsi, tx) {
          if (heard.length > 0) return;
          tx.write('bye');
          tx.end();
          tx.end();
        },
        close: () => void closes.push('close'),
      },
    });
    const { vhost } = await openRaw(ending);
    const { peer } = await connectRawPeer(vhost);
    expect([peer.text, peer.ended, peer.isClosed]).toEqual(['bye', true, false]);
    await peer.send('still here');
    expect(heard).toEqual(['still here']);
    await peer.end();
    expect([peer.isClosed, closes]).toEqual([true, ['close']]);
  });
});

describe('rx', () => {
  test('the next waits for the writeable that was asked for', async () => {
    const events: string[] = [];
    const slow = protocol({
      name: 'slow',
      rxBufferSize: 3,
      raw: {
        rx(wsi, data) {
          events.push(Buffer.from(data).toString());
          wsi.requestWriteable();
        },
        writeable: () => void events.push('writeable'),
      },
    });
    const { vhost } = await openRaw(slow);
    const { peer } = await connectRawPeer(vhost);
    await peer.send('abcdefgh');
    expect(events).toEqual(['abc', 'writeable', 'def', 'writeable', 'gh', 'writeable']);
  });

  test('rxFlowControl stops it inside a chunk, and nothing is lost', async () => {
    const heard: string[] = [];
    let wsi: AnyWsi | undefined;
    const stopping = protocol({
      name: 'stopping',
      rxBufferSize: 2,
      raw: {
        rx(own, data) {
          wsi = own;
          heard.push(Buffer.from(data).toString());
          if (heard.length === 2) own.rxFlowControl(false);
        },
      },
    });
    const { vhost } = await openRaw(stopping);
    const { peer, server } = await connectRawPeer(vhost);
    await peer.send('aabbccdd');
    await peer.send('ee');
    expect([heard, server.reading]).toEqual([['aa', 'bb'], false]);
    wsi?.rxFlowControl(true);
    await settle();
    expect(heard.join('')).toBe('aabbccddee');
  });

  test('what is given is the program’s, and no Buffer', async () => {
    const kept: Uint8Array[] = [];
    const keeping = protocol({
      name: 'keeping',
      raw: { rx: (_wsi, data) => void kept.push(data) },
    });
    const { vhost } = await openRaw(keeping);
    const { peer } = await connectRawPeer(vhost);
    for (const text of ['one', 'two', 'three']) await peer.send(text);
    expect(kept.map((data) => Buffer.from(data).toString())).toEqual(['one', 'two', 'three']);
    expect(kept.every((data) => Object.getPrototypeOf(data) === Uint8Array.prototype)).toBe(true);
  });

  test('without rxBufferSize a chunk is what was read', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    await peer.send('x'.repeat(20_000));
    expect(events).toHaveLength(2);
  });

  test('a protocol without rx lets bytes pass', async () => {
    const deaf = protocol({ name: 'deaf', raw: {} });
    const { vhost } = await openRaw(deaf);
    const { peer, server } = await connectRawPeer(vhost);
    await peer.send('x'.repeat(200_000));
    expect([server.unreadBytes, peer.isClosed]).toEqual([0, false]);
  });
});

describe('the end', () => {
  const telling = (handlers: object) => {
    const events: string[] = [];
    const made = protocol({
      name: 'telling',
      raw: { close: () => void events.push('close'), ...handlers },
    });
    return { made, events };
  };

  test.each([
    ['adopt', { adopt: () => -1 }, ''],
    ['rx', { rx: () => -1 }, 'x'],
    ['timer', { adopt: (wsi: AnyWsi) => wsi.setTimerMs(5), timer: () => -1 }, 'x'],
  ])('-1 from %s is FIN', async (_name, handlers, says) => {
    const { made, events } = telling(handlers);
    const { vhost, clock } = await openRaw(made);
    const { peer } = await connectRawPeer(vhost);
    if (says !== '') await peer.send(says);
    await clock.advance(10);
    expect(peer.ended).toBe(true);
    await peer.end();
    expect([events, peer.error]).toEqual([['close'], undefined]);
  });

  test.each(['adopt', 'rx', 'writeable', 'timer', 'peerEnded', 'close'])(
    '%s that throws is reported and resets its own connection',
    async (name) => {
      const bad = (wsi: AnyWsi): void => {
        if (name === 'adopt') throw new Error('no');
        wsi.setTimerMs(1);
        wsi.requestWriteable();
      };
      const throwing = () => {
        throw new Error('no');
      };
      const { made } = telling({ adopt: bad, ...(name === 'adopt' ? {} : { [name]: throwing }) });
      const { protocol: echo } = echoing();
      const { vhost, clock, context, lines } = await openRaw([made, echo]);
      const { peer } = await connectRawPeer(vhost);
      await peer.send('x');
      await clock.advance(5);
      await peer.end();
      expect(peer.isClosed).toBe(true);
      expect(context.counters.wsi_alive).toBe(0);
      expect(lines.filter((line) => line.includes('LWS_ERR_HANDLER_THREW'))).toHaveLength(1);
    },
  );

  test.each(['adopt', 'rx', 'writeable', 'timer', 'peerEnded', 'close'])(
    '%s that returns a promise is refused',
    async (name) => {
      const later = async (): Promise<void> => undefined;
      const asking = {
        adopt(wsi: AnyWsi): void {
          wsi.setTimerMs(1);
          wsi.requestWriteable();
        },
      };
      const { made } = telling({ ...asking, [name]: later });
      const { vhost, clock, context } = await openRaw(made);
      const { peer } = await connectRawPeer(vhost);
      await peer.send('x');
      await clock.advance(5);
      await peer.end();
      expect(context.counters.refused.get('LWS_ERR_HANDLER_ASYNC')).toBe(1);
    },
  );

  test('FIN waits for what was asked to be written', async () => {
    const { protocol: echo } = echoing();
    const { vhost } = await openRaw(echo);
    const { peer, server } = await connectRawPeer(vhost, { capacity: 4, listening: false });
    peer.push('0123456789');
    await peer.end();
    expect(server.bufferedBytes).toBeGreaterThan(0);
    await peer.read(true);
    await settle();
    expect([peer.text, peer.ended]).toEqual(['0123456789', true]);
  });

  test('a peer that sends no more and takes nothing is cut after 5 s', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost, clock, lines } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost, { capacity: 4, listening: false });
    peer.push('0123');
    await settle();
    peer.push('4567');
    await settle();
    peer.push('89');
    await peer.end();
    await clock.advance(4900);
    expect(events.at(-1)).not.toBe('close');
    await clock.advance(200);
    expect(events.at(-1)).toBe('close');
    expect(lines.join()).toContain('LWS_ERR_TIMEOUT');
  });

  test('a peer that sends no more and takes some within 5 s gets all', async () => {
    const events: string[] = [];
    const long = protocol({
      name: 'long',
      session: () => ({ left: 4 }),
      raw: {
        rx: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          tx.write(new Uint8Array(40_000));
          if (--wsi.session.left > 0) wsi.requestWriteable();
        },
        close: () => void events.push('close'),
      },
    });
    const { vhost, clock } = await openRaw(long);
    const { peer } = await connectRawPeer(vhost, { capacity: 20_000, listening: false });
    peer.push('x');
    await peer.end();
    for (let times = 0; times < 2; times++) {
      await clock.advance(4900);
      peer.readOnce();
      await settle();
    }
    expect(events).toEqual([]);
    await peer.read(true);
    await settle();
    expect([peer.text.length, peer.ended]).toEqual([160_000, true]);
  });

  test('with peerEnded the program ends it', async () => {
    const events: string[] = [];
    let wsi: AnyWsi | undefined;
    const half = protocol({
      name: 'half',
      raw: {
        peerEnded(own) {
          wsi = own;
          events.push('peerEnded');
        },
        writeable: (_own, tx) => void tx.write('the answer'),
        close: () => void events.push('close'),
      },
    });
    const { vhost, clock } = await openRaw(half);
    const { peer } = await connectRawPeer(vhost);
    await peer.end();
    await clock.advance(60_000);
    expect([events, peer.ended]).toEqual([['peerEnded'], false]);
    wsi?.requestWriteable();
    await settle();
    wsi?.close();
    await settle();
    expect([peer.text, peer.ended, events]).toEqual(['the answer', true, ['peerEnded', 'close']]);
  });

  test('wsi.close lets output leave, wsi.abort does not', async () => {
    for (const [end, text] of [
      ['close', 'said'],
      ['abort', ''],
    ] as const) {
      const { made } = telling({
        adopt: (wsi: AnyWsi) => wsi.requestWriteable(),
        writeable(wsi: AnyWsi, tx: RawTx) {
          tx.write('said');
          wsi[end]();
        },
      });
      const { vhost } = await openRaw(made);
      const { peer } = await connectRawPeer(vhost);
      await settle();
      expect(peer.text).toBe(text);
      expect(peer.error?.code).toBe(end === 'abort' ? 'LWS_ERR_TRANSPORT_RESET' : undefined);
    }
  });

  test('the context closes it in order, and cuts who does not answer', async () => {
    const { protocol: echo, events } = echoing();
    const { vhost, context, clock } = await openRaw(echo);
    const { peer } = await connectRawPeer(vhost);
    const closing = context.close({ deadlineSecs: 5 });
    await settle();
    expect(peer.ended).toBe(true);
    await peer.end();
    await clock.advance(100);
    expect(await closing).toMatchObject({ closed: 1, cut: 0 });
    expect(events.at(-1)).toBe('close');
  });
});

describe('deadlines', () => {
  test('the program’s own cuts it', async () => {
    const timed = protocol({
      name: 'timed',
      raw: { adopt: (wsi) => wsi.setTimeout('user-1', 3) },
    });
    const { vhost, clock, lines } = await openRaw(timed);
    const { peer } = await connectRawPeer(vhost);
    await clock.advance(2900);
    expect(peer.isClosed).toBe(false);
    await clock.advance(200);
    expect(peer.isClosed).toBe(true);
    expect(lines.join()).toContain('user-1');
  });

  test.each([
    [0, false],
    [10, true],
  ])('rawIdleSecs %i ends who is silent: %s', async (rawIdleSecs, ends) => {
    const { protocol: echo, wsis, events } = echoing();
    const { vhost, clock, context } = await openRaw(echo, { rawIdleSecs });
    const { peer } = await connectRawPeer(vhost);
    await clock.advance(9000);
    await peer.send('x');
    await clock.advance(9000);
    expect(peer.ended).toBe(false);
    await clock.advance(1500);
    expect(peer.ended).toBe(ends);
    await peer.end();
    expect(events.at(-1)).toBe('close');
    expect(context.counters.refused.get('LWS_ERR_RAW_IDLE')).toBe(ends ? 1 : undefined);
    expect(wsis[0]?.timeoutReason).toBe(ends ? 'raw-idle' : undefined);
  });

  test('what the program writes, and what it does not take, counts', async () => {
    let wsi: AnyWsi | undefined;
    const ticking = protocol({
      name: 'ticking',
      raw: {
        adopt(own) {
          wsi = own;
          own.setTimerMs(6000);
        },
        timer: (own) => own.requestWriteable(),
        writeable: (_own, tx) => void tx.write('tick'),
      },
    });
    const { vhost, clock } = await openRaw(ticking, { rawIdleSecs: 10 });
    const { peer } = await connectRawPeer(vhost);
    await clock.advance(15_000);
    expect(peer.ended).toBe(false);
    wsi?.rxFlowControl(false);
    await clock.advance(60_000);
    expect(peer.ended).toBe(false);
    wsi?.rxFlowControl(true);
    await clock.advance(11_000);
    expect(peer.ended).toBe(true);
  });
});

test('a peer that does not read chokes its own connection, in bounded memory', async () => {
  const { protocol: echo } = echoing();
  const { vhost, context } = await openRaw(echo);
  const slow = await connectRawPeer(vhost, { listening: false });
  const good = await connectRawPeer(vhost);
  for (let at = 0; at < 100; at++) slow.peer.push(new Uint8Array(50_000));
  await settle();
  await good.peer.send('fine');
  expect(good.peer.text).toBe('fine');
  expect(context.keptOutputBytes).toBeLessThan(200_000);
  expect(slow.server.bufferedBytes).toBeLessThan(200_000);
});
