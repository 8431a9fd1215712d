/** A role that says all it has to say and goes on hearing. */
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { openLine } from './open-line.ts';

captureLog();

describe('endOutput', () => {
  test('is FIN behind the output of the turn; what comes is still heard', async () => {
    const { peer, line } = await openLine({ opened: (state) => state.host.endOutput() });
    line.say('late');
    await settle();
    expect([peer.ended, peer.isClosed]).toEqual([true, false]);
    await peer.send('still here\n');
    expect(line.events).toEqual(['still here']);
    await peer.end();
    expect([peer.isClosed, line.events.at(-1)]).toEqual([true, 'gone']);
  });

  test('what is parked when both have ended comes before the end', async () => {
    const { peer, line, context } = await openLine({
      opened: (state) => state.host.endOutput(),
      peerEnded: () => undefined,
    });
    line.host.rxFlowControl(false);
    peer.push('one\ntwo\n');
    await peer.end();
    expect([line.events, context.counters.wsi_alive]).toEqual([[], 1]);
    line.host.rxFlowControl(true);
    await settle();
    expect(line.events).toEqual(['one', 'two', 'fin', 'gone']);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test.each([
    ['abort', ['gone']],
    ['finish', ['gone']],
  ] as const)('%s ends it at once all the same', async (end, expected) => {
    const { peer, line, context } = await openLine({
      opened: (state) => state.host.endOutput(),
      peerEnded: () => undefined,
    });
    line.host.rxFlowControl(false);
    peer.push('one\n');
    await peer.end();
    line.host[end]();
    await settle();
    expect([line.events, context.counters.wsi_alive]).toEqual([expected, 0]);
  });

  test('the end of the context does not wait for it', async () => {
    const { peer, line, context, clock } = await openLine({
      opened: (state) => state.host.endOutput(),
      peerEnded: () => undefined,
    });
    line.host.rxFlowControl(false);
    peer.push('one\n');
    await peer.end();
    const closing = context.close({ deadlineSecs: 1 });
    await clock.advance(1100);
    await closing;
    expect(line.events.filter((event) => event === 'gone')).toHaveLength(1);
  });
});

test('writeableRequested says whether a writeable is to come', async () => {
  const seen: boolean[] = [];
  const { line } = await openLine({
    writeable: (state) => seen.push(state.host.writeableRequested),
  });
  expect(line.host.writeableRequested).toBe(false);
  line.host.requestWriteable();
  expect(line.host.writeableRequested).toBe(true);
  await settle();
  expect([seen, line.host.writeableRequested]).toEqual([[false], false]);
});
