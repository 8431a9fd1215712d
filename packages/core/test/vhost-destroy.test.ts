/** A vhost that ends while its context goes on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createContext } from '@lws-ts/core';
import { type AdmissionTicket, type LwsModule, protocol } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

captureLog();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const role = () => lines({ line: (line, text) => line.say(text) });
const at = { interface: '127.0.0.1' };

async function made(vhosts: readonly object[], options: object = {}) {
  const context = await createContext({ use: [role()], vhosts: vhosts as never, ...options });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context;
}

async function meet(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host);
  socket.on('error', () => undefined);
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  socket.write('hello\n');
  await once(socket, 'data');
  return socket;
}

const refused = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });

describe('vhost.destroy()', () => {
  test('closes its connections, tells its protocols, and ends its listener', async () => {
    const told: string[] = [];
    const own = protocol({ name: 'own', destroy: () => void told.push('destroyed') });
    const context = await made([{ name: 'stays', ...at }]);
    const vhost = await context.createVhost({
      name: 'goes',
      interface: '127.0.0.2',
      protocols: [own],
    });
    const { port } = vhost;
    const socket = await meet(port, '127.0.0.2');
    const over = once(socket, 'close');
    socket.on('end', () => socket.end());
    const report = await vhost.destroy();
    await over;
    expect([report, told, vhost.destroyed]).toEqual([{ closed: 1, cut: 0 }, ['destroyed'], true]);
    expect(context.vhosts.map(({ name }) => name)).toEqual(['stays']);
    expect(context.vhost('goes')).toBeUndefined();
    expect(await refused(port)).toBe('ECONNREFUSED');
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('hands the listener on to the next vhost of its port', async () => {
    const context = await made([{ name: 'one', ...at }]);
    const [one] = context.vhosts;
    const two = await context.createVhost({ name: 'two', ...at });
    expect(two.port).toBe(one?.port);
    await one?.destroy({ deadlineSecs: 0 });
    await meet(two.port);
    expect([context.vhosts.length, context.counters.wsi_alive]).toEqual([1, 1]);
    await two.destroy({ deadlineSecs: 0 });
    expect(await refused(two.port)).toBe('ECONNREFUSED');
  });

  test("who is not named yet by its proxy when the first ends is the next one's", async () => {
    const named: (() => void)[] = [];
    const limits: LwsModule = {
      name: 'limits',
      needs: [],
      contextOptions: {},
      vhostOptions: {},
      install: () => ({
        admission: {
          admit: () => ({ release: () => undefined }) as unknown as AdmissionTicket,
          readPeer(_transport, done) {
            named.push(() => done(undefined));
            return { cancel: () => undefined };
          },
        },
      }),
    };
    const module = role();
    const context = await made([{ name: 'one', ...at }], { use: [module, limits] });
    const two = await context.createVhost({ name: 'two', ...at });
    const meeting = meet(two.port);
    while (named.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await context.vhost('one')?.destroy();
    named[0]?.();
    await meeting;
    expect(module.states.map(({ host }) => host.vhost.name)).toEqual(['two']);
  });

  test('its port and name can be had again at once', async () => {
    const context = await made([{ name: 'one', ...at }]);
    const [first] = context.vhosts;
    const port = first?.port as number;
    for (let turn = 0; turn < 3; turn++) {
      await context.vhosts[0]?.destroy();
      const again = await context.createVhost({ name: 'one', port, ...at });
      expect(again.port).toBe(port);
      await meet(port);
    }
  });

  test('connections of others go on', async () => {
    const context = await made([{ name: 'one', ...at }]);
    const other = await context.createVhost({ name: 'other', interface: '127.0.0.2' });
    const kept = await meet(other.port, '127.0.0.2');
    await context.vhosts[0]?.destroy({ deadlineSecs: 0 });
    kept.write('still\n');
    const [bytes] = (await once(kept, 'data')) as [Buffer];
    expect(bytes.toString()).toContain('still');
  });

  test('what does not end by itself is cut at the deadline', async () => {
    const clock = new VirtualClock();
    const use = [lines({ line: (line, text) => line.say(text), closing: () => true })];
    const context = await createContext({ use, clock, ...at });
    closers.push(() => context.close({ deadlineSecs: 0 }));
    const [vhost] = context.vhosts;
    const socket = await meet(vhost?.port as number);
    socket.pause();
    const ending = vhost?.destroy({ deadlineSecs: 3 });
    await clock.advance(3100);
    const report = await ending;
    expect(report).toEqual({ closed: 0, cut: 1 });
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('deadlineSecs 0 cuts at once', async () => {
    const use = [lines({ line: (line, text) => line.say(text), closing: () => true })];
    const context = await createContext({ use, clock: new VirtualClock(), ...at });
    closers.push(() => context.close({ deadlineSecs: 0 }));
    const [vhost] = context.vhosts;
    await meet(vhost?.port as number);
    const ending = vhost?.destroy({ deadlineSecs: 0 });
    expect(context.counters.wsi_alive).toBe(0);
    expect(await ending).toEqual({ closed: 0, cut: 1 });
  });

  test('a second call gives the same report; adopting into it is refused', async () => {
    const context = await made([{ name: 'one', ...at }]);
    const [vhost] = context.vhosts;
    const first = vhost?.destroy();
    expect(vhost?.destroy({ deadlineSecs: 0 })).toBe(first);
    await first;
    expect(() => vhost?.adopt({ attach: () => undefined } as never)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_VHOST_DESTROYED' }),
    );
  });

  test.each<[unknown, string]>([
    [{ deadlineSecs: -1 }, 'OPTION'],
    [{ deadlineSecs: '1' }, 'OPTION'],
    [{ deadlineSecs: 86_401 }, 'OPTION'],
    [{ secs: 1 }, 'OPTION_UNKNOWN'],
    [null, 'OPTION'],
    [5, 'OPTION'],
    [new Map([['deadlineSecs', 0]]), 'OPTION'],
  ])('%j is refused, and nothing ends', async (options, what) => {
    const context = await made([{ name: 'one', ...at }]);
    const [vhost] = context.vhosts;
    await expect(vhost?.destroy(options as never)).rejects.toMatchObject({
      code: `LWS_ERR_${what}`,
    });
    await meet(vhost?.port as number);
  });

  test('a context that closes meanwhile ends both', async () => {
    let destroyed = 0;
    const own = protocol({ name: 'own', destroy: () => void destroyed++ });
    const context = await made([{ name: 'one', protocols: [own], ...at }]);
    const [vhost] = context.vhosts;
    await meet(vhost?.port as number);
    const ending = vhost?.destroy();
    await context.close({ deadlineSecs: 0 });
    await ending;
    expect(destroyed).toBe(1);
  });
});
