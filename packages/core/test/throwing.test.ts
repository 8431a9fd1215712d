import { createContext, setLogLevel } from '@lws-ts/core';
import { protocol } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineHandlers, type LineState, lines } from './line-role.ts';
import { openLine } from './open-line.ts';

const logged = captureLog();

function boom(): never {
  throw new Error('boom');
}

type Opened = Awaited<ReturnType<typeof openLine>>;
type Row = readonly [
  where: string,
  handlers: (first: () => boolean) => LineHandlers,
  cause: (opened: Opened) => unknown,
];

/** Only the first connection's handler throws. */
const rows: readonly Row[] = [
  [
    'line',
    (first) => ({ line: () => (first() ? boom() : undefined) }),
    ({ peer }) => peer.send('a\n'),
  ],
  [
    'writeable',
    (first) => ({ writeable: () => (first() ? boom() : undefined) }),
    ({ line }) => line.host.requestWriteable(),
  ],
  [
    'service',
    (first) => ({ service: () => first() && boom() }),
    ({ line }) => line.host.forceService(),
  ],
  [
    'timer',
    (first) => ({ timer: () => (first() ? boom() : undefined) }),
    async ({ line, clock }) => {
      line.host.setTimerMs(5);
      await clock.advance(5);
    },
  ],
  [
    'timeout',
    (first) => ({ timeout: () => (first() ? boom() : undefined) }),
    async ({ line, clock }) => {
      line.host.setTimeout('http-head', 1);
      await clock.advance(1000);
    },
  ],
  [
    'peerEnded',
    (first) => ({ peerEnded: () => (first() ? boom() : undefined) }),
    ({ peer }) => peer.end(),
  ],
  [
    'drained',
    (first) => ({ drained: () => (first() ? boom() : undefined) }),
    async ({ line, peer }) => {
      await peer.read(false);
      line.say('x'.repeat(5000));
      await settle();
      await peer.read(true);
    },
  ],
  [
    'closing',
    (first) => ({ closing: () => first() && boom() }),
    ({ line }) => line.host.close(1000, ''),
  ],
];

describe.each(rows)('a throwing %s', (_where, handlers, cause) => {
  async function thrown(more: LineHandlers = {}) {
    let throwing = true;
    const first = () => {
      const now = throwing;
      throwing = false;
      return now;
    };
    const opened = await openLine({ ...handlers(first), ...more }, { capacity: 1000 });
    const other = await connectRawPeer(opened.vhost);
    await cause(opened);
    await settle();
    return { ...opened, other };
  }

  test('is reported once, and ends its own connection alone', async () => {
    const { line, peer, other, states, vhost, context, clock } = await thrown();
    expect(logged).toEqual([
      expect.stringMatching(/^err LWS_ERR_HANDLER_THREW wsi 1 of default: a handler threw.*boom/),
    ]);
    expect(vhost.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
    expect(line.events).toContain('threw');
    expect(peer.ended).toBe(true);
    await other.peer.send('a\nb\n');
    expect((states[1] as LineState).events).toEqual(['a', 'b']);
    await clock.advance(10_000);
    expect(line.events.filter((event) => event.startsWith('gone'))).toHaveLength(1);
    expect(context.counters.wsi_alive).toBe(1);
  });

  test('and its role throws too: it is reset', async () => {
    const { line, peer, context } = await thrown({ threw: boom });
    expect(logged).toHaveLength(2);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(line.events.filter((event) => event.startsWith('gone'))).toHaveLength(1);
    expect(context.counters.wsi_alive).toBe(1);
  });
});

describe('throwing', () => {
  test('while a connection is taken over: it is reset, nobody else notices', async () => {
    let connections = 0;
    const { vhost, peer, line, context } = await openLine({
      opened() {
        if (++connections === 2) boom();
      },
    });
    const other = await connectRawPeer(vhost);
    expect(other.peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(context.counters.wsi_alive).toBe(1);
    expect(logged).toHaveLength(1);
    await peer.send('a\n');
    expect(line.events).toEqual(['a']);
  });

  test('inside gone: it is over all the same', async () => {
    const { peer, line, context } = await openLine({ gone: boom });
    await peer.reset();
    expect(logged).toHaveLength(1);
    expect(line.events).toEqual(['gone LWS_ERR_TRANSPORT_RESET']);
    expect([context.counters.wsi_alive, context.loop.wheel.size]).toEqual([0, 0]);
  });

  test('when owned memory is given back', async () => {
    const { peer, line } = await openLine(
      { line: (one) => one.host.writeOwned(new Uint8Array(5000), boom) },
      { capacity: 1000 },
    );
    await peer.read(false);
    await peer.send('a\n');
    await peer.read(true);
    await settle(20);
    expect(line.events).toEqual(['a', 'threw']);
    expect(logged).toHaveLength(1);
  });

  const hostile = Object.defineProperty(new Error('hostile'), 'stack', { get: boom });
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string with a line break', 'first\nwsi 2 of default: forged'],
    ['a symbol', Symbol('sign')],
    ['an object without a prototype', Object.create(null)],
    ['an object whose toString throws', { toString: boom }],
    ['an Error whose stack throws', hostile],
    ['an Error whose stack is a number', Object.assign(new Error('x'), { stack: 5 })],
  ])('%s is one line of the log', async (_name, what) => {
    const { peer, line } = await openLine({
      line() {
        throw what;
      },
    });
    await peer.send('a\n');
    expect(line.events).toEqual(['a', 'threw']);
    expect(logged).toHaveLength(1);
    expect(logged[0]).not.toContain('\n');
  });

  test('by the emitter of the log costs nobody a connection', async () => {
    const { peer, line, vhost } = await openLine({
      line(_one, text) {
        if (text === 'a') boom();
      },
    });
    const other = await connectRawPeer(vhost);
    const told: string[] = [];
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => told.push(String(text)) > 0);
    try {
      setLogLevel(undefined, boom);
      await peer.send('a\n');
      await other.peer.send('b\n');
    } finally {
      write.mockRestore();
    }
    expect(line.events).toEqual(['a', 'threw']);
    expect(told).toEqual([expect.stringContaining('boom')]);
    expect(other.peer.isClosed).toBe(false);
  });
});

describe('what a protocol does not wait for', () => {
  // untyped callers alone: none of these compiles
  const refuse = (() => Promise.reject(new Error('boom'))) as () => unknown as () => undefined;

  test('a promise of init refuses the context', async () => {
    const careless = protocol({ name: 'careless', init: refuse });
    await expect(
      createContext({ use: [lines()], port: -1, protocols: [careless] }),
    ).rejects.toMatchObject({
      code: 'LWS_ERR_HANDLER_ASYNC',
      message: expect.stringContaining('init of protocol careless'),
    });
  });

  test('a promise of vhostData refuses the context, and a vhost of later', async () => {
    const careless = protocol({ name: 'careless', vhostData: refuse });
    const wrong = {
      code: 'LWS_ERR_HANDLER_ASYNC',
      message: expect.stringContaining('vhostData of protocol careless'),
    };
    await expect(
      createContext({ use: [lines()], port: -1, protocols: [careless] }),
    ).rejects.toMatchObject(wrong);
    const context = await createContext({ use: [lines()], vhosts: [] });
    await expect(
      context.createVhost({ name: 'later', port: -1, protocols: [careless] }),
    ).rejects.toMatchObject(wrong);
    await settle();
    await context.close();
  });

  test('a promise of eventWaitCancelled or destroy that is rejected is a line of the log', async () => {
    const careless = protocol({ name: 'careless', eventWaitCancelled: refuse, destroy: refuse });
    const context = await createContext({ use: [lines()], port: -1, protocols: [careless] });
    context.cancelService();
    await settle();
    await context.close();
    await settle();
    expect(logged).toEqual([
      expect.stringMatching(/^err eventWaitCancelled of protocol careless threw: Error: boom/),
      expect.stringMatching(/^err destroy of protocol careless threw: Error: boom/),
    ]);
  });
});
