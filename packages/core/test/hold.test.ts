import type { Held } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import type { LineHandlers } from './line-role.ts';
import { type LineOptions, openLine } from './open-line.ts';

const logged = captureLog();
const coded = (code: string) => expect.objectContaining({ code });

/** A connection that is held by its first line. */
async function held(options: LineOptions = {}, handlers: LineHandlers = {}) {
  const settled: (number | undefined)[] = [];
  let answer: Held | undefined;
  const opened = await openLine(
    {
      ...handlers,
      line(line, text) {
        if (text === 'hold') answer = line.host.hold((status) => settled.push(status));
        else handlers.line?.(line, text);
      },
    },
    options,
  );
  await opened.peer.send('hold\nafter\n');
  if (answer === undefined) throw new Error('not held');
  return { ...opened, settled, answer };
}

describe('hold()', () => {
  test('nothing is delivered before the answer; then all, in order', async () => {
    const { peer, line, answer, settled } = await held();
    await peer.send('and after\n');
    expect(line.events).toEqual(['hold']);
    expect(answer.accept()).toBe(true);
    expect(settled).toEqual([undefined]);
    await settle();
    expect(line.events).toEqual(['hold', 'after', 'and after']);
  });

  test('refuse() gives its status, and only the first answer counts', async () => {
    const { answer, settled } = await held();
    expect(answer.refuse(403)).toBe(true);
    expect(answer.refuse(500)).toBe(false);
    expect(answer.accept()).toBe(false);
    expect(settled).toEqual([403]);
  });

  test.each([200, 399, 600, 403.5, Number.NaN, '403' as unknown as number])(
    'refuse(%s) throws, and the hold goes on',
    async (status) => {
      const { answer, settled } = await held();
      expect(() => answer.refuse(status)).toThrow(coded('LWS_ERR_OPTION'));
      expect(settled).toEqual([]);
      expect(answer.accept()).toBe(true);
    },
  );

  test('may be answered inside the handler', async () => {
    const settled: unknown[] = [];
    const { peer, line } = await openLine({
      line(one, text) {
        if (text === 'a') one.host.hold((status) => settled.push(status)).accept();
      },
    });
    await peer.send('a\nb\n');
    expect(settled).toEqual([undefined]);
    expect(line.events).toEqual(['a', 'b']);
  });

  test('holds one after another', async () => {
    const { line, answer } = await held();
    expect(() => line.host.hold(() => undefined)).toThrow(coded('LWS_ERR_HOLD'));
    expect(answer.accept()).toBe(true);
    const again = line.host.hold(() => undefined);
    expect(again.accept()).toBe(true);
  });

  test('without an answer it is 503 at holdTimeoutSecs, with a line and a count', async () => {
    const { clock, vhost, answer, settled } = await held({ holdTimeoutSecs: 3 });
    await clock.advance(2999);
    expect(settled).toEqual([]);
    await clock.advance(1);
    expect(settled).toEqual([503]);
    expect(answer.accept()).toBe(false);
    expect(vhost.counters.refused.get('LWS_ERR_HOLD_TIMEOUT')).toBe(1);
    expect(logged).toEqual([expect.stringContaining('LWS_ERR_HOLD_TIMEOUT')]);
  });

  test('a deadline of the program does not stand in for its own, nor end with it', async () => {
    const { clock, line, settled } = await held();
    line.host.setTimeout('user-1', 60);
    line.host.setTimeout('user-1', 0);
    await clock.advance(9999);
    expect(settled).toEqual([]);
    await clock.advance(1);
    expect(settled).toEqual([503]);
  });

  test('an answer takes the deadline away', async () => {
    const { clock, context, answer, settled } = await held();
    answer.accept();
    expect(context.loop.wheel.size).toBe(0);
    await clock.advance(60_000);
    expect(settled).toEqual([undefined]);
  });

  test('a reset meanwhile: both answers are false and nobody is asked', async () => {
    const { peer, line, answer, settled, context } = await held();
    await peer.reset();
    expect(line.events).toEqual(['hold', 'gone LWS_ERR_TRANSPORT_RESET']);
    expect([answer.accept(), answer.refuse(500)]).toEqual([false, false]);
    expect(settled).toEqual([]);
    expect(context.loop.wheel.size).toBe(0);
  });

  test('FIN meanwhile stands behind what waits', async () => {
    const { peer, line, answer } = await held();
    await peer.end();
    expect(line.events).toEqual(['hold']);
    expect(answer.accept()).toBe(true);
    await settle();
    expect(line.events).toEqual(['hold', 'after', 'fin', 'gone']);
  });

  test('over 16 KiB it stops reading, and loses nothing', async () => {
    const { peer, server, line, answer } = await held();
    const wanted: string[] = [];
    for (let at = 0; at < 200; at++) {
      wanted.push(String(at).padStart(999, '.'));
      await peer.send(`${wanted[at]}\n`);
      expect(server.reading).toBe(at < 16);
    }
    expect(server.unreadBytes).toBeGreaterThan(0);
    answer.accept();
    await settle(50);
    expect(line.events).toEqual(['hold', 'after', ...wanted]);
    expect(server.reading).toBe(true);
  });

  test('a reset that is not read is found by the answer', async () => {
    const { peer, server, line, answer, settled } = await held();
    await peer.send(`${'.'.repeat(20_000)}\n`);
    expect(server.reading).toBe(false);
    await peer.reset();
    expect(line.events).toEqual(['hold']);
    expect(answer.accept()).toBe(false);
    expect(settled).toEqual([]);
    await settle();
    expect(line.events).toEqual(['hold', 'gone LWS_ERR_TRANSPORT_RESET']);
  });

  test('closed while held: both answers are false', async () => {
    const { peer, line, answer, settled } = await held();
    line.host.close(1000, '');
    await settle();
    expect(peer.ended).toBe(true);
    expect([answer.accept(), answer.refuse(500)]).toEqual([false, false]);
    expect(settled).toEqual([]);
  });

  test.each(['close', 'abort', 'finish'] as const)(
    'after %s a hold is answered already',
    async (how) => {
      const { line } = await openLine();
      line.host[how](1000, '');
      const answer = line.host.hold(() => {
        throw new Error('asked');
      });
      expect([answer.accept(), answer.refuse(500)]).toEqual([false, false]);
      await settle();
      expect(line.host.hold(() => undefined).accept()).toBe(false);
    },
  );

  test('an answer that throws closes its own connection', async () => {
    let answer: Held | undefined;
    const { peer, line } = await openLine({
      line(one) {
        answer = one.host.hold(() => {
          throw new Error('in settled');
        });
      },
    });
    await peer.send('a\n');
    expect(answer?.accept()).toBe(true);
    await settle();
    expect(line.events).toEqual(['a', 'threw']);
    expect(peer.ended).toBe(true);
    expect(logged).toEqual([expect.stringContaining('in settled')]);
  });
});
