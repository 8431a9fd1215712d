import { connect } from 'node:net';
import {
  createContext,
  type ExternalLoopOptions,
  externalLoop,
  LWS_POLLHUP,
  LWS_POLLIN,
  LWS_POLLOUT,
  nodeLoop,
  type PollFd,
  type PollObservers,
} from '@lws-ts/core';
import { type Held, protocol } from '@lws-ts/interface';
import { connectRawPeer, PollHost, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineHandlers, lines } from './line-role.ts';
import { openPolled } from './open-polled.ts';

const logged = captureLog();
const echo: LineHandlers = { line: (line, text) => line.say(`${text}\n`) };

/** With its connection serviced until nothing is ready. */
async function served(handlers: LineHandlers = {}, options = {}) {
  const opened = await openPolled(handlers, options);
  await opened.host.run();
  opened.host.take();
  const [line] = opened.states;
  if (line === undefined) throw new Error('no connection');
  return { ...opened, line };
}

describe('a descriptor', () => {
  test('stands for the wake-up and for each connection: add, what it is polled for, del', async () => {
    const { host, peer, states, context } = await openPolled(echo);
    expect(host.take()).toEqual([`add ${LWS_POLLIN}`, `ready ${LWS_POLLIN}`]);
    expect(states).toEqual([]);
    await host.run();
    expect(states).toHaveLength(1);
    expect(host.take()).toEqual([`add ${LWS_POLLIN}`]);
    expect([...host.table.values()]).toEqual([LWS_POLLIN, LWS_POLLIN]);
    await peer.end();
    await host.run();
    await context.close({ deadlineSecs: 0 });
    expect(host.table.size).toBe(0);
  });

  test('is ready to be read, and nothing is read before it is serviced', async () => {
    const { host, peer, line } = await served(echo);
    await peer.send('one\n');
    expect(host.take()).toEqual([`ready ${LWS_POLLIN}`]);
    expect(line.events).toEqual([]);
    const [pollfd] = host.pending as PollFd[];
    expect(host.poll()).toBe(1);
    expect(pollfd?.revents).toBe(0);
    expect(line.events).toEqual(['one']);
    await settle();
    expect(peer.text).toBe('one\n');
    expect(host.take()).toEqual([]);
  });

  test('is polled for writing while writeable is asked for, once for each request', async () => {
    const { host, line } = await served();
    const events: string[] = [];
    for (let round = 0; round < 3; round++) {
      line.host.requestWriteable();
      line.host.requestWriteable();
      expect(host.take()).toEqual([`set ${LWS_POLLOUT}`, `ready ${LWS_POLLOUT}`]);
      expect(line.events).toEqual(events);
      await host.run();
      events.push('writeable');
      expect(line.events).toEqual(events);
      expect(host.take()).toEqual([`clear ${LWS_POLLOUT}`]);
    }
  });

  test('is polled for writing no longer when writeable came in the turn of what asked for it', async () => {
    const { host, peer, line } = await served({ line: ({ host }) => host.requestWriteable() });
    for (const text of ['one', 'two']) {
      line.events.length = 0;
      await peer.send(`${text}\n`);
      await host.run();
      expect(line.events).toEqual([text, 'writeable']);
      expect([...host.table.values()]).toEqual([LWS_POLLIN, LWS_POLLIN]);
    }
  });

  test('is polled for writing no longer when writeable came in a turn for something else', async () => {
    const { host, line } = await served();
    line.host.requestWriteable();
    expect(host.take()).toEqual([`set ${LWS_POLLOUT}`, `ready ${LWS_POLLOUT}`]);
    line.say('by itself\n');
    host.drain();
    expect(line.events).toEqual(['writeable']);
    expect(host.take()).toContain(`clear ${LWS_POLLOUT}`);
  });

  test('is ready to be written while its transport keeps nothing', async () => {
    const { host, peer, line, server } = await served({}, { capacity: 4, listening: false });
    line.say('0123456789');
    await host.run();
    expect(server.bufferedBytes).toBe(6);
    line.host.requestWriteable();
    await host.run();
    expect(line.events).toEqual([]);
    expect(host.take()).toContain(`set ${LWS_POLLOUT}`);
    expect(host.told).not.toContain(`ready ${LWS_POLLOUT}`);
    await peer.read(true);
    expect(host.take()).toEqual([`ready ${LWS_POLLOUT}`]);
    expect(line.events).toEqual([]);
    await host.run();
    expect(line.events).toEqual(['drained', 'writeable']);
    expect(peer.text).toBe('0123456789');
  });

  test('is not polled for reading while rx is off; what came meanwhile is there after it', async () => {
    const { host, peer, line } = await served(echo);
    line.host.rxFlowControl(false);
    await host.run();
    expect(host.take()).toContain(`clear ${LWS_POLLIN}`);
    await peer.send('one\n');
    await host.run();
    expect(line.events).toEqual([]);
    line.host.rxFlowControl(true);
    await host.run();
    expect(line.events).toEqual(['one']);
  });

  test('that hung up is reported whatever it is polled for', async () => {
    const { host, peer, line } = await served();
    line.host.rxFlowControl(false);
    line.say('for a peer that is gone');
    await host.run();
    host.take();
    await peer.reset();
    line.say('it shows when something is sent');
    await host.run();
    expect(host.take()).toContain(`ready ${LWS_POLLHUP}`);
    expect(line.events).toEqual(['gone LWS_ERR_TRANSPORT_RESET']);
  });

  test('gives what was read before the end, then the end', async () => {
    const { host, peer, line } = await served({ peerEnded: () => undefined });
    peer.push('one\ntwo\n');
    await peer.end();
    await host.run();
    expect(line.events).toEqual(['one', 'two', 'fin']);
  });

  test('is told again while it is ready still', async () => {
    const { host, peer } = await served(echo);
    await peer.send('one\n');
    const [{ fd } = { fd: 0 }] = host.pending;
    host.take();
    host.call((loop) => loop.serviceFd({ fd, revents: LWS_POLLOUT }));
    expect(host.take()).toEqual([`ready ${LWS_POLLIN}`]);
  });

  test.each([0, 1, 12, 2 ** 30 - 1, 2 ** 31, -1, Number.NaN])(
    'of somebody else is left alone: %d',
    async (fd) => {
      const { host } = await served();
      const foreign = { fd, revents: LWS_POLLIN };
      host.call((loop) => loop.serviceFd(foreign));
      expect(foreign).toEqual({ fd, revents: LWS_POLLIN });
    },
  );

  test('of another loop is foreign', async () => {
    const one = await served(echo);
    const other = await served(echo);
    await one.peer.send('one\n');
    const [pollfd = { fd: 0, revents: 0 }] = one.host.pending;
    other.host.call((loop) => loop.serviceFd(pollfd));
    expect(pollfd.revents).toBe(LWS_POLLIN);
    one.host.poll();
    expect(pollfd.revents).toBe(0);
    expect(one.line.events).toEqual(['one']);
  });
});

describe('what waits', () => {
  test.each([100, 1000])('of input is bounded: maxParkedInput %i', async (maxParkedInput) => {
    const { peer, server, host, line } = await served(echo, { maxParkedInput });
    for (let at = 0; at < 40; at++) await peer.send(`${String(at).padStart(49, '0')}\n`);
    expect(server.reading).toBe(false);
    expect(server.unreadBytes).toBe(2000 - maxParkedInput);
    await host.run();
    expect(server.reading).toBe(true);
    expect(line.events.map(Number)).toEqual(Array.from({ length: 40 }, (_, at) => at));
  });

  test('of a turn is forced service, with no further event', async () => {
    const { host, loop, peer, line } = await served(echo);
    await peer.send('x\n'.repeat(1500));
    expect(loop.adjustTimeout(50)).toBe(50);
    for (const pollfd of host.pending) loop.serviceFd(pollfd as PollFd);
    expect(line.events.length).toBeGreaterThanOrEqual(256);
    expect(line.events.length).toBeLessThan(1500);
    host.take();
    for (let rounds = 0; loop.adjustTimeout(50) === 0; rounds++) {
      expect(rounds).toBeLessThan(7);
      loop.service(-1);
    }
    expect(line.events).toHaveLength(1500);
    expect(host.take()).not.toContain(`ready ${LWS_POLLIN}`);
    await settle();
    expect(peer.text).toBe('x\n'.repeat(1500));
  });

  test('and was not caused by a service call wakes the program', async () => {
    const { host, loop, peer, line } = await served();
    line.say('from outside\n');
    expect(host.take()).toEqual([`ready ${LWS_POLLIN}`]);
    expect(loop.adjustTimeout(50)).toBe(0);
    await host.run();
    expect(peer.text).toBe('from outside\n');
    expect(loop.adjustTimeout(50)).toBe(50);
  });
});

test('the wake-up is told again after forced service, whoever called for that', async () => {
  const { host, loop, line } = await served();
  for (let round = 0; round < 3; round++) {
    line.say('from outside\n');
    expect(host.take()).toEqual([`ready ${LWS_POLLIN}`]);
    loop.service(-1);
  }
});

describe('timers', () => {
  test('run in service, and not in forced service', async () => {
    const { clock, loop, line } = await served();
    line.host.setTimerMs(30);
    await clock.advance(40);
    loop.service(-1);
    expect(line.events).toEqual([]);
    loop.service(0);
    expect(line.events).toEqual(['timer']);
  });

  test('run in serviceFd without a descriptor, as in lws', async () => {
    const { clock, loop, line } = await served();
    line.host.setTimerMs(30);
    await clock.advance(40);
    loop.serviceFd();
    expect(line.events).toEqual(['timer']);
  });

  test('bound what adjustTimeout says, and one that comes sooner wakes the program', async () => {
    const { clock, host, loop, line } = await served();
    expect([loop.adjustTimeout(500), loop.adjustTimeout(-1)]).toEqual([500, -1]);
    line.host.setTimerMs(30);
    expect(host.take()).toEqual([`ready ${LWS_POLLIN}`]);
    expect([loop.adjustTimeout(500), loop.adjustTimeout(10)]).toEqual([30, 10]);
    expect(loop.adjustTimeout(-1)).toBe(30);
    await clock.advance(29);
    expect(loop.adjustTimeout(500)).toBe(1);
    // one that is due is no forced service
    await clock.advance(10);
    expect(loop.adjustTimeout(500)).toBe(1);
  });
});

describe('no handler runs outside a service call', () => {
  test('whatever happens to a connection', async () => {
    let outside = 0;
    const host = new PollHost();
    const seen = (): void => {
      if (!host.inside) outside++;
    };
    const counted = protocol({ name: 'counted', eventWaitCancelled: seen });
    const module = lines({
      opened: seen,
      line: (line, text) => {
        seen();
        line.say(`${text}\n`);
        line.host.requestWriteable();
      },
      writeable: seen,
      drained: seen,
      timer: seen,
      timeout: seen,
      peerEnded: (line) => {
        seen();
        line.host.finish();
      },
      gone: seen,
    });
    const loop = externalLoop(host);
    host.drives(loop);
    const context = await createContext({ use: [module], loop, port: -1, protocols: [counted] });
    for (let at = 0; at < 20; at++) {
      const [vhost] = context.vhosts;
      if (vhost === undefined) throw new Error('no vhost');
      const { peer } = await connectRawPeer(vhost, { capacity: 64, listening: at % 3 !== 0 });
      await host.run();
      await peer.send('hello\n'.repeat(20));
      module.states.at(-1)?.host.setTimerMs(0);
      context.cancelService();
      await host.run();
      if (at % 2 === 0) await peer.end();
      else await peer.reset();
    }
    await host.run();
    const closing = context.close({ deadlineSecs: 1 });
    while (context.counters.wsi_alive > 0) await host.run();
    await closing;
    expect(module.states).toHaveLength(20);
    expect(outside).toBe(0);
  });

  test('nor at the deadline of close()', async () => {
    let inside: boolean | undefined;
    const { clock, host, context, line } = await served({
      closing: () => true,
      gone() {
        inside = host.inside;
      },
    });
    const closing = context.close({ deadlineSecs: 1 });
    await clock.advance(1100);
    expect(line.events).toEqual(['closing 1001']);
    await host.run();
    expect(line.events).toEqual(['closing 1001', 'gone LWS_ERR_SHUTDOWN_CUT']);
    expect(inside).toBe(true);
    expect(await closing).toMatchObject({ closed: 0, cut: 1 });
  });

  test('nor when a held connection is answered', async () => {
    let held: Held | undefined;
    const answers: string[] = [];
    const { host, peer } = await served({
      line: (line, text) => {
        if (text === 'hold')
          held = line.host.hold((status) => answers.push(`${host.inside} ${status}`));
        else answers.push(text);
      },
    });
    await peer.send('hold\nafter\n');
    await host.run();
    expect(held?.accept()).toBe(true);
    expect(answers).toEqual([]);
    await host.run();
    expect(answers).toEqual(['true undefined', 'after']);
  });
});

describe('service calls', () => {
  test('in a handler throw, and cost that connection alone', async () => {
    const { host, peer, line, connect, states, loop } = await served({
      line: (_line, text) => {
        if (text === 'nest') loop.service(0);
      },
    });
    await connect();
    await peer.send('nest\n');
    await host.run();
    expect(line.events).toContain('threw');
    expect(logged.join()).toContain('serviced in the middle of a service call');
    expect(states[1]?.events).toEqual([]);
  });

  test('from within ready are served, and one that is always ready leaves Node.js its turn', async () => {
    let rounds = 0;
    const observers: PollObservers = { ready: (pollfd) => loop.serviceFd(pollfd) };
    const loop = externalLoop(observers);
    const module = lines({
      writeable(line) {
        if (++rounds < 20_000) line.host.requestWriteable();
      },
    });
    const context = await createContext({ use: [module], loop, port: -1 });
    const [vhost] = context.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    await connectRawPeer(vhost);
    module.states[0]?.host.requestWriteable();
    const before = rounds;
    await settle(1);
    expect(rounds).toBeGreaterThan(before);
    expect(rounds).toBeLessThan(20_000);
    while (rounds < 20_000) await settle();
    await context.close({ deadlineSecs: 0 });
  });

  test.each(['serviceFd', 'service', 'adjustTimeout'] as const)(
    '%s of a closed context does nothing',
    async (name) => {
      const { context, loop } = await served();
      await context.close({ deadlineSecs: 0 });
      expect(loop[name](5 as never)).toBe(name === 'adjustTimeout' ? 5 : undefined);
      context.cancelService();
      expect(loop.adjustTimeout(5)).toBe(5);
    },
  );
});

describe('what is wrong is refused', () => {
  test.each([
    ['no observers', undefined, {}, 'LWS_ERR_OPTION', 'ready of externalLoop() is no function'],
    ['no ready', {}, {}, 'LWS_ERR_OPTION', 'ready of externalLoop() is no function'],
    ['an observer', { ready() {}, addPollFd: 1 }, {}, 'LWS_ERR_OPTION', 'addPollFd'],
    ['0', { ready() {} }, { maxParkedInput: 0 }, 'LWS_ERR_OPTION', 'maxParkedInput'],
    ['0', { ready() {} }, { maxParkedAccepts: 0 }, 'LWS_ERR_OPTION', 'maxParkedAccepts'],
    ['a name', { ready() {} }, { maxParkedInputs: 1 }, 'LWS_ERR_OPTION_UNKNOWN', 'maxParkedInput'],
  ])('%s', (_what, observers, options, code, told) => {
    let thrown: unknown;
    try {
      externalLoop(observers as unknown as PollObservers, options as ExternalLoopOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(told) });
  });

  test('a loop of another context', async () => {
    const { loop } = await served();
    await expect(createContext({ use: [lines()], loop, port: -1 })).rejects.toMatchObject({
      code: 'LWS_ERR_LOOP_TAKEN',
    });
  });

  test('what is no loop', async () => {
    const given = { use: [lines()], loop: {} as never, port: -1 };
    await expect(createContext(given)).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
  });

  test('what is no number of milliseconds', async () => {
    const { loop } = await served();
    expect(() => loop.service('1' as never)).toThrow('service(1)');
    expect(() => loop.adjustTimeout(Number.NaN)).toThrow('adjustTimeout(NaN)');
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('not today');
      },
    ],
    ['gives a promise that is rejected', () => Promise.reject(new Error('not today'))],
  ])('an observer that %s is logged, and the others go on', async (_name, fail) => {
    const loop = externalLoop({
      addPollFd: fail as () => undefined,
      ready: (pollfd) => loop.serviceFd(pollfd),
    });
    const context = await createContext({ use: [lines()], loop, port: -1 });
    await settle();
    expect(logged.join()).toContain('addPollFd of the external loop threw: Error: not today');
    await context.close();
  });
});

test('nodeLoop() is the default, and one for all contexts', async () => {
  const contexts = await Promise.all(
    [{}, { loop: nodeLoop() }].map((options) =>
      createContext({ use: [lines()], port: -1, ...options }),
    ),
  );
  for (const context of contexts) await context.close();
  expect(nodeLoop()).toBe(nodeLoop());
});

test('more accepted connections than maxParkedAccepts are refused, and counted', async () => {
  const host = new PollHost();
  const loop = externalLoop(host, { maxParkedAccepts: 2 });
  host.drives(loop);
  const module = lines(echo);
  const context = await createContext({ use: [module], loop, port: 0, interface: '127.0.0.1' });
  const [vhost] = context.vhosts;
  const sockets = [1, 2, 3].map(() => connect({ port: vhost?.port ?? 0, host: '127.0.0.1' }));
  const ended = sockets.map(
    (socket) =>
      new Promise((resolve) =>
        socket.on('error', () => undefined).on('close', () => resolve(socket)),
      ),
  );
  expect(sockets).toContain(await Promise.race(ended));
  expect(vhost?.counters.rejected).toBe(1);
  expect(vhost?.counters.refused.get('LWS_ERR_LOOP_ACCEPTS')).toBe(1);
  expect(module.states).toEqual([]);
  await host.run();
  expect(module.states).toHaveLength(2);
  await context.close({ deadlineSecs: 0 });
  expect(host.table.size).toBe(0);
  for (const socket of sockets) socket.destroy();
});

test('accepted connections that wait to be serviced are reset when the context closes', async () => {
  const host = new PollHost();
  const loop = externalLoop(host);
  host.drives(loop);
  const context = await createContext({ use: [lines()], loop, port: 0, interface: '127.0.0.1' });
  const socket = connect({ port: context.vhosts[0]?.port ?? 0, host: '127.0.0.1' });
  const errors: (string | undefined)[] = [];
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
  await expect.poll(() => context.listeners[0]?.parked).toBe(1);
  await context.close({ deadlineSecs: 0 });
  await expect.poll(() => errors).toEqual(['ECONNRESET']);
});

test('accepted connections that wait to be serviced have a descriptor: they count for fdLimitPerThread', async () => {
  const host = new PollHost();
  const loop = externalLoop(host);
  host.drives(loop);
  const module = lines(echo);
  const options = { loop, port: 0, interface: '127.0.0.1', fdLimitPerThread: 2 };
  const context = await createContext({ use: [module], ...options });
  const [vhost] = context.vhosts;
  const sockets = [1, 2, 3].map(() => connect({ port: vhost?.port ?? 0, host: '127.0.0.1' }));
  const ended = sockets.map(
    (socket) =>
      new Promise((resolve) =>
        socket.on('error', () => undefined).on('close', () => resolve(socket)),
      ),
  );
  expect(sockets).toContain(await Promise.race(ended));
  expect(vhost?.counters.refused.get('LWS_ERR_DESCRIPTORS')).toBe(1);
  await host.run();
  expect(module.states).toHaveLength(2);
  await context.close({ deadlineSecs: 0 });
  for (const socket of sockets) socket.destroy();
});
