import { type ConnectionWsi, createContext } from '@lws-ts/core';
import { protocol, type WsiView } from '@lws-ts/interface';
import { memoryTransportPair, RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineHandlers, type LineState, lines } from './line-role.ts';

const logged = captureLog();
const plain = protocol({ name: 'plain' });

/** A context, and what makes connections in it; what all of them say, in one list. */
async function opened(handlers: LineHandlers = {}) {
  const clock = new VirtualClock();
  const module = lines(handlers);
  const context = await createContext({
    use: [module],
    clock,
    vhosts: [{ port: -1, protocols: [plain.with({ default: true })] }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const all: string[] = [];
  const connect = async (parentWsi?: WsiView) => {
    const [server, client] = memoryTransportPair();
    const peer = new RawPeer(client);
    vhost.adopt(server, parentWsi);
    await settle();
    const line = module.states.at(-1) as LineState;
    const { events } = line;
    events.push = (...some) => {
      all.push(...some.map((event) => `${line.host.id} ${event}`));
      return Array.prototype.push.apply(events, some);
    };
    return { peer, server, line, wsi: line.wsi as ConnectionWsi<unknown, unknown> };
  };
  return { clock, context, vhost, connect, all };
}

/** A parent with two children, one of which has one. */
async function family(handlers: LineHandlers = {}) {
  const made = await opened(handlers);
  const parent = await made.connect();
  const one = await made.connect(parent.wsi);
  const two = await made.connect(parent.wsi);
  const third = await made.connect(one.wsi);
  return { ...made, parent, one, two, third };
}

describe('parents and children', () => {
  test('know each other by their wsi', async () => {
    const { parent, one, two, third } = await family();
    expect(parent.wsi.children).toEqual([one.wsi, two.wsi]);
    expect(one.wsi.children).toEqual([third.wsi]);
    expect([parent.wsi.parent, one.wsi.parent, third.wsi.parent]).toEqual([
      undefined,
      parent.wsi,
      one.wsi,
    ]);
    expect(third.wsi.children).toEqual([]);
  });

  test.each<[string, (of: Awaited<ReturnType<typeof family>>) => unknown]>([
    ['closed', ({ parent }) => parent.wsi.close()],
    ['reset by its peer', ({ parent }) => parent.peer.reset()],
    ['aborted', ({ parent }) => parent.wsi.abort()],
    ['ended by its role', ({ parent }) => parent.line.host.finish()],
    ['cut at the deadline of the context', ({ context }) => context.close({ deadlineSecs: 0 })],
  ])('a parent that is %s closes its children first', async (_how, end) => {
    const of = await family();
    await end(of);
    await of.clock.advance(10_000);
    const over = of.all.filter((event) => event.includes('gone'));
    expect(over.map((event) => Number.parseInt(event, 10))).toSatisfy((order: number[]) => {
      const at = (id: number) => order.indexOf(id);
      return order.length === 4 && at(4) < at(2) && at(2) < at(1) && at(3) < at(1);
    });
    // each was told of its own, before it was over itself
    for (const told of ['1 child 2', '1 child 3', '2 child 4']) expect(of.all).toContain(told);
    expect(of.all.indexOf('1 child 2')).toBeLessThan(
      of.all.findIndex((event) => event.startsWith('1 gone')),
    );
    expect(of.parent.wsi.children).toEqual([]);
    expect([of.context.counters.wsi_alive, of.context.loop.wheel.size]).toEqual([0, 0]);
    await of.context.close();
  });

  test('a parent that closes in order closes them in order', async () => {
    const { parent, one, all, clock } = await family();
    parent.wsi.close();
    await settle();
    expect(all).toContain('2 closing 1001');
    expect(one.peer.ended).toBe(true);
    await clock.advance(5000);
    expect(one.peer.error?.code).not.toBe('LWS_ERR_PARENT_CLOSED');
  });

  test('those that do not end are cut when it is over', async () => {
    const { parent, all, clock } = await family({
      // the parent of all has nothing to say, the others wait for an answer
      closing: (line) => line.wsi?.parent !== undefined,
    });
    parent.wsi.close();
    await clock.advance(5000);
    const over = all.filter((event) => event.includes('gone'));
    expect(over).toHaveLength(4);
    expect(over.at(-1)).toBe('1 gone');
  });

  test('those of a parent that is gone say so', async () => {
    const { parent, all } = await family();
    await parent.peer.reset();
    expect(all.filter((event) => event.includes('gone'))).toEqual([
      '4 gone LWS_ERR_PARENT_CLOSED',
      '2 gone LWS_ERR_PARENT_CLOSED',
      '3 gone LWS_ERR_PARENT_CLOSED',
      '1 gone LWS_ERR_TRANSPORT_RESET',
    ]);
  });

  test('a child that closes is unlinked; its parent is told and goes on', async () => {
    const { parent, one, two, all, context } = await family();
    await two.peer.reset();
    expect(all).toEqual(['3 gone LWS_ERR_TRANSPORT_RESET', '1 child 3']);
    expect(parent.wsi.children).toEqual([one.wsi]);
    expect(two.wsi.parent).toBe(parent.wsi);
    expect(parent.wsi.open).toBe(true);
    await parent.peer.send('still here\n');
    expect(parent.line.events).toContain('still here');
    await context.close({ deadlineSecs: 0 });
  });

  test('a parent that throws when it is told is ended, and nobody else', async () => {
    const { parent, two, context } = await family({
      childClosing() {
        throw new Error('not today');
      },
    });
    await two.peer.reset();
    expect(logged.join()).toContain('Error: not today');
    expect(parent.line.events).toContain('threw');
    expect(parent.wsi.open).toBe(false);
    await context.close({ deadlineSecs: 0 });
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('refused: what is no wsi, one that is over, one of another context', async () => {
    const { connect, context } = await opened();
    const gone = await connect();
    await gone.peer.reset();
    const other = await opened();
    const foreign = await other.connect();
    for (const wsi of [{} as WsiView, gone.wsi, foreign.wsi])
      await expect(connect(wsi)).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
    expect(context.counters.wsi_alive).toBe(0);
  });
});
