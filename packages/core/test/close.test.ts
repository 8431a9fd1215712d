import { connect } from 'node:net';
import { createContext, SocketTransport } from '@lws-ts/core';
import { protocol } from '@lws-ts/interface';
import { connectRawPeer, memoryTransportPair, settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineHandlers, lines } from './line-role.ts';

const logged = captureLog();

async function open(handlers: LineHandlers, peers: number) {
  const clock = new VirtualClock();
  const module = lines(handlers);
  const context = await createContext({ use: [module], clock, port: -1 });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const made = [];
  for (let at = 0; at < peers; at++) made.push((await connectRawPeer(vhost)).peer);
  return { clock, context, vhost, peers: made, states: module.states };
}

/** A role that says bye and waits for the peer's. */
const goodbye: LineHandlers = {
  closing(line) {
    line.say('bye\n');
    return true;
  },
};

describe('close()', () => {
  test('of 100 peers 50 never answer: 50 cut at the deadline', async () => {
    const { clock, context, peers } = await open(goodbye, 100);
    let report: unknown;
    const closing = context.close({ deadlineSecs: 7 }).then((it) => {
      report = it;
    });
    await settle();
    for (const peer of peers) expect(peer.text).toBe('bye\n');
    for (const peer of peers.slice(0, 50)) {
      await peer.send('bye\n');
      await peer.end();
    }
    await clock.advance(6999);
    expect(report).toBeUndefined();
    await clock.advance(1);
    await closing;
    expect(report).toEqual({ closed: 50, cut: 50, elapsedMs: 7000 });
    expect(peers.map(({ isClosed }) => isClosed)).not.toContain(false);
    expect([context.counters.wsi_alive, context.loop.wheel.size, clock.pending]).toEqual([0, 0, 0]);
    expect(logged).toEqual(['notice context closed; connections: 50 ended cleanly, 50 cut']);
  });

  test('ends as soon as the last one is gone', async () => {
    const { clock, context, peers, states } = await open(goodbye, 3);
    const closing = context.close({ deadlineSecs: 3600 });
    await clock.advance(250);
    for (const peer of peers) {
      await peer.send('bye\n');
      await peer.end();
    }
    expect(await closing).toEqual({ closed: 3, cut: 0, elapsedMs: 250 });
    expect(states.map(({ events }) => events[0])).toEqual(Array(3).fill('closing 1001'));
    expect([context.loop.wheel.size, clock.pending]).toEqual([0, 0]);
  });

  test('who has a deadline of its own and misses it counts as cut', async () => {
    const { clock, context } = await open({}, 4);
    const closing = context.close({ deadlineSecs: 100 });
    await clock.advance(1000);
    expect(await closing).toEqual({ closed: 0, cut: 4, elapsedMs: 1000 });
  });

  test('deadlineSecs 0 cuts at once, those on their way out too', async () => {
    const { clock, context, peers, states } = await open(goodbye, 10);
    states[0]?.host.setTimeout('http-head', 1);
    await clock.advance(1000);
    const report = await context.close({ deadlineSecs: 0 });
    expect(report).toEqual({ closed: 0, cut: 10, elapsedMs: 0 });
    await settle();
    for (const peer of peers) expect(peer.isClosed).toBe(true);
  });

  test('nothing to close', async () => {
    const { context } = await open({}, 0);
    expect(await context.close()).toEqual({ closed: 0, cut: 0, elapsedMs: 0 });
    expect(logged).toEqual([]);
  });

  test('a second call gives the same report, from within a handler too', async () => {
    const reports: unknown[] = [];
    const { context } = await open(
      {
        closing: () => {
          reports.push(context.close({ deadlineSecs: 1 }));
          return false;
        },
        gone: () => reports.push(context.close()),
      },
      2,
    );
    const report = await context.close({ deadlineSecs: 0 });
    reports.push(context.close());
    expect(await Promise.all(reports)).toEqual(Array.from({ length: 5 }, () => report));
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5', 86_401])(
    'deadlineSecs %s is refused, and nothing is closed',
    async (deadlineSecs) => {
      const { context, peers } = await open({}, 1);
      await expect(context.close({ deadlineSecs: deadlineSecs as number })).rejects.toMatchObject({
        code: 'LWS_ERR_OPTION',
      });
      expect([context.closed, peers[0]?.isClosed]).toEqual([false, false]);
    },
  );

  test('afterwards nothing is adopted', async () => {
    const { context, vhost } = await open({}, 0);
    const closing = context.close();
    const [server] = memoryTransportPair();
    expect(() => vhost.adopt(server)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_CONTEXT_CLOSED' }),
    );
    await closing;
    expect(() => vhost.adopt(server)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_CONTEXT_CLOSED' }),
    );
  });

  test('what throws on the way stops nobody', async () => {
    const boom = (): never => {
      throw new Error('boom');
    };
    const bad = protocol({ name: 'bad', destroy: boom });
    const module = lines({ gone: boom });
    const context = await createContext({
      use: [
        module,
        {
          name: 'm',
          needs: [],
          contextOptions: {},
          vhostOptions: {},
          install: () => ({ vhostDestroyed: boom, destroy: boom }),
        },
      ],
      port: -1,
      protocols: [bad],
      clock: new VirtualClock(),
    });
    const [vhost] = context.vhosts;
    if (vhost !== undefined) for (let at = 0; at < 3; at++) await connectRawPeer(vhost);
    expect(await context.close({ deadlineSecs: 0 })).toMatchObject({ closed: 0, cut: 3 });
    expect(logged.filter((line) => line.startsWith('err'))).toHaveLength(6);
  });

  test('`await using` closes', async () => {
    const { context } = await open({}, 0);
    await context[Symbol.asyncDispose]();
    expect(context.closed).toBe(true);
  });
});

describe('two contexts with the same names', () => {
  test('one closed under load, the other loses nothing', async () => {
    const chat = protocol({ name: 'chat' }).with({ default: true });
    const make = async () => {
      const module = lines({ line: (one, text) => one.say(`${text}\n`) });
      const options = { name: 'localhost', interface: '127.0.0.1', protocols: [chat] };
      const context = await createContext({ use: [module], ...options });
      const sockets = Array.from({ length: 5 }, () => {
        const socket = connect(context.vhosts[0]?.port ?? 0, '127.0.0.1');
        let heard = '';
        let said = '';
        socket.on('error', () => undefined);
        socket.on('data', (data: Buffer) => {
          heard += data.toString('latin1');
        });
        return {
          say(text: string) {
            if (socket.destroyed) return;
            said += text;
            socket.write(text);
          },
          socket,
          lost: () => said.length - heard.length,
          same: () => said === heard,
        };
      });
      await Promise.all(
        sockets.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))),
      );
      return { context, sockets };
    };
    const one = await make();
    const other = await make();
    let closing: Promise<{ closed: number; cut: number }> | undefined;
    for (let round = 0; round < 100; round++) {
      for (const { sockets } of [one, other])
        for (const socket of sockets) socket.say(`${String(round).repeat(100)}\n`);
      if (round === 50) closing = one.context.close({ deadlineSecs: 5 });
      await settle(1);
    }
    const report = await closing;
    expect((report?.closed ?? 0) + (report?.cut ?? 0)).toBe(5);
    for (let wait = 0; wait < 1000 && !other.sockets.every(({ same }) => same()); wait++)
      await settle(1);
    expect(other.sockets.map(({ lost }) => lost())).toEqual([0, 0, 0, 0, 0]);
    expect(other.sockets.map(({ same }) => same())).not.toContain(false);
    expect(one.sockets.map(({ socket }) => socket.destroyed || socket.readableEnded)).not.toContain(
      false,
    );
    for (const { socket } of [...one.sockets, ...other.sockets]) socket.destroy();
    expect((await other.context.close({ deadlineSecs: 5 })).cut).toBe(0);
  });

  test('a peer that comes when the context is closing is turned away', async () => {
    const context = await createContext({ use: [lines()], interface: '127.0.0.1' });
    const port = context.vhosts[0]?.port ?? 0;
    const socket = connect(port, '127.0.0.1');
    const transport = new SocketTransport(socket, 'tcp');
    let over = false;
    transport.attach({
      rx() {},
      peerEnded() {},
      drained() {},
      closed() {
        over = true;
      },
    });
    transport.read(true);
    const closing = context.close({ deadlineSecs: 1 });
    await closing;
    for (let wait = 0; wait < 1000 && !over; wait++) await settle(1);
    expect(over || socket.readableEnded).toBe(true);
    socket.destroy();
  });
});
