import { protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import type { LineHandlers } from './line-role.ts';
import { openLine } from './open-line.ts';

const logged = captureLog();
const coded = (code: string) => expect.objectContaining({ code });

async function open(handlers: LineHandlers = {}) {
  const opened = await openLine(handlers, {
    protocols: [protocol({ name: 'lines' }).with({ default: true })],
  });
  const { wsi } = opened.line;
  if (wsi === undefined) throw new Error('not bound');
  return { ...opened, wsi };
}

describe('setTimeout of a wsi', () => {
  test('cuts the connection in that many seconds, with its reason', async () => {
    const { clock, wsi, line, peer, vhost } = await open();
    wsi.setTimeout('user-7', 2.5);
    await clock.advance(2499);
    expect(wsi.open).toBe(true);
    await clock.advance(1);
    expect([wsi.open, wsi.timeoutReason, peer.error?.code]).toEqual([
      false,
      'user-7',
      'LWS_ERR_TRANSPORT_RESET',
    ]);
    expect(line.events).toEqual(['gone']);
    expect(vhost.counters.refused.get('LWS_ERR_TIMEOUT')).toBe(1);
    expect(logged).toEqual([expect.stringMatching(/LWS_ERR_TIMEOUT.*user-7/)]);
  });

  test('a later call replaces it, 0 of the same reason cancels it', async () => {
    const { clock, wsi } = await open();
    wsi.setTimeout('user-1', 1);
    wsi.setTimeout('user-2', 5);
    wsi.setTimeout('user-1', 0);
    await clock.advance(4999);
    expect(wsi.open).toBe(true);
    wsi.setTimeout('user-2', 0);
    await clock.advance(60_000);
    expect([wsi.open, wsi.timeoutReason]).toEqual([true, undefined]);
  });

  test('0 of another reason leaves it', async () => {
    const { clock, wsi } = await open();
    wsi.setTimeout('user-2', 5);
    wsi.setTimeout('user-1', 0);
    await clock.advance(5000);
    expect([wsi.open, wsi.timeoutReason]).toEqual([false, 'user-2']);
  });

  test.each([
    ['user-1', Number.NaN],
    ['user-1', Number.POSITIVE_INFINITY],
    ['user-1', '5'],
    ['linger', 5],
    ['user-', 5],
    ['user-x', 5],
    [undefined, 5],
  ])('%s, %s is refused', async (reason, secs) => {
    const { wsi, context } = await open();
    expect(() => wsi.setTimeout(reason as 'user-1', secs as number)).toThrow(
      coded('LWS_ERR_OPTION'),
    );
    expect(context.loop.wheel.size).toBe(0);
  });
});

describe('what a role sets', () => {
  test('is cancelled by 0 of the same reason, and left by 0 of another', async () => {
    const { clock, line } = await open();
    line.host.setTimeout('http-head', 5);
    line.host.setTimeout('http-content', 0);
    await clock.advance(5000);
    expect(line.events).toEqual(['timeout http-head']);
    line.host.setTimeout('http-head', 5);
    line.host.setTimeout('http-head', 0);
    await clock.advance(5000);
    expect(line.events).toEqual(['timeout http-head']);
  });

  test.each(['close', 'abort'] as const)('is gone with the connection: %s', async (end) => {
    const { wsi, line, context } = await open();
    line.host.setValidityMs(60_000);
    line.host.setTimeout('http-head', 60);
    line.host.setTimeout('http-answer', 60);
    if (end === 'close') wsi.close();
    else wsi.abort();
    await settle();
    if (end === 'close') line.host.abort();
    await settle();
    expect([context.counters.wsi_alive, context.loop.wheel.size]).toEqual([0, 0]);
  });

  test('of validity is not told while the connection closes', async () => {
    const { clock, wsi, line } = await open({ closing: () => true });
    line.host.setValidityMs(1000);
    wsi.close();
    await clock.advance(1000);
    expect(line.events).toEqual(['closing undefined']);
  });
});

describe('setTimerMs', () => {
  test('comes once, at that ms', async () => {
    const { clock, wsi, line } = await open();
    wsi.setTimerMs(20);
    await clock.advance(19);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    await clock.advance(10_000);
    expect(line.events).toEqual(['timer']);
  });

  test('negative cancels, a later call replaces', async () => {
    const { clock, wsi, line } = await open();
    wsi.setTimerMs(-1);
    wsi.setTimerMs(20);
    wsi.setTimerMs(-1);
    await clock.advance(100);
    expect(line.events).toEqual([]);
    wsi.setTimerMs(10);
    wsi.setTimerMs(30);
    await clock.advance(29);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['timer']);
  });

  test.each([0, 1, 50])('re-armed with %d in its handler it comes again and again', async (ms) => {
    const { clock, wsi, line } = await open({ timer: (one) => one.wsi?.setTimerMs(ms) });
    wsi.setTimerMs(ms);
    await clock.advance(150);
    expect(line.events.length).toBe(ms === 0 ? 151 : 150 / ms);
    wsi.abort();
    await settle();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '5'])(
    '%s is refused',
    async (ms) => {
      const { wsi } = await open();
      expect(() => wsi.setTimerMs(ms as number)).toThrow(coded('LWS_ERR_OPTION'));
    },
  );

  test.each(['close', 'abort'] as const)('does not come after %s', async (how) => {
    const { clock, wsi, line } = await open();
    wsi.setTimerMs(10);
    wsi[how]();
    await clock.advance(10_000);
    expect(line.events).not.toContain('timer');
  });

  test.each([
    [false, ['closing undefined']],
    [true, ['closing undefined', 'timer', 'timer']],
  ])('goesOn %s of a role that waits behind close: what comes of it', async (goesOn, events) => {
    const { clock, context, wsi, line } = await open({
      goesOn,
      closing: () => true,
      timer: (one) => {
        if (one.events.length < 3) one.wsi?.setTimerMs(10);
        else one.host.finish();
      },
    });
    wsi.setTimerMs(10);
    wsi.close();
    wsi.setTimerMs(20);
    await clock.advance(30);
    expect(line.events).toEqual(events);
    wsi.abort();
    await settle();
    expect(context.loop.wheel.size).toBe(0);
  });

  test('does not come once the role finished', async () => {
    const { clock, wsi, line } = await open();
    wsi.setTimerMs(10);
    line.host.finish();
    await clock.advance(900);
    expect(line.events).toEqual([]);
  });
});

describe('deadlines of the role', () => {
  test('are handed to it, with their reason', async () => {
    const { clock, wsi, line } = await open();
    line.host.setTimeout('http-head', 10);
    await clock.advance(10_000);
    expect(line.events).toEqual(['timeout http-head']);
    // nothing came of it
    expect([wsi.open, wsi.timeoutReason]).toEqual([true, undefined]);
  });

  test('may be set again by the role that hears of them', async () => {
    const { clock, line } = await open({
      timeout: (one, reason) => one.host.setTimeout(reason, 1),
    });
    line.host.setTimeout('validity', 1);
    await clock.advance(3000);
    expect(line.events).toEqual(Array.from({ length: 3 }, () => 'timeout validity'));
  });

  test('clearTimeout takes them away', async () => {
    const { clock, line, context } = await open();
    line.host.setTimeout('http-head', 10);
    line.host.clearTimeout();
    await clock.advance(20_000);
    expect(line.events).toEqual([]);
    // one that is not armed again is off the wheel when its time has come
    expect(context.loop.wheel.size).toBe(0);
  });

  test('cannot be set or cleared once the end began', async () => {
    const { clock, line } = await open();
    line.host.finish();
    line.host.setTimeout('http-head', 100);
    line.host.clearTimeout();
    await clock.advance(1000);
    expect(line.events).toEqual(['gone']);
  });
});

describe('the deadline of an answer', () => {
  test('runs beside that of the role and that of the program, and is told once', async () => {
    const { clock, line, wsi } = await open();
    line.host.setTimeout('http-content', 2);
    wsi.setTimeout('user-1', 9);
    line.host.setTimeout('http-answer', 3);
    line.host.clearTimeout();
    await clock.advance(2999);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['timeout http-answer']);
    await clock.advance(5000);
    expect([line.events.length, wsi.open]).toEqual([1, true]);
    await clock.advance(1000);
    expect(wsi.open).toBe(false);
  });

  test('a later call replaces it, 0 takes it away, and so does another role or the end', async () => {
    const { clock, context, line } = await open();
    line.host.setTimeout('http-answer', 3);
    await clock.advance(2000);
    line.host.setTimeout('http-answer', 3);
    await clock.advance(2000);
    line.host.setTimeout('http-answer', 0);
    await clock.advance(20_000);
    expect(line.events).toEqual([]);
    line.host.setTimeout('http-answer', 3);
    line.host.become(() => line, new Uint8Array(0));
    await clock.advance(20_000);
    expect(line.events).toEqual(['leaving']);
    line.host.setTimeout('http-answer', 3);
    line.host.abort();
    expect(context.loop.wheel.size).toBe(0);
  });

  test('stands still while it is held, and begins anew behind it', async () => {
    const { clock, line } = await open();
    line.host.setTimeout('http-answer', 3);
    await clock.advance(2000);
    const held = line.host.hold(() => undefined);
    line.host.setTimeout('http-answer', 4);
    await clock.advance(9000);
    expect(held.accept()).toBe(true);
    await clock.advance(3999);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['timeout http-answer']);
  });
});

describe('a peer that is not read from', () => {
  test('is found to have reset within 2 s', async () => {
    const { clock, wsi, line, peer } = await open();
    wsi.rxFlowControl(false);
    await settle();
    await peer.reset();
    await clock.advance(1999);
    expect(line.events).toEqual([]);
    await clock.advance(1);
    expect(line.events).toEqual(['gone LWS_ERR_TRANSPORT_RESET']);
  });

  test('is probed as long as it is not read from, and keeps its bytes', async () => {
    const { clock, context, wsi, line, peer } = await open();
    wsi.rxFlowControl(false);
    await peer.send('a\n');
    await clock.advance(20_000);
    expect(context.loop.wheel.size).toBe(1);
    wsi.rxFlowControl(true);
    await clock.advance(4000);
    expect(line.events).toEqual(['a']);
    expect(context.loop.wheel.size).toBe(0);
  });
});
