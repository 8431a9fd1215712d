import { Worker } from 'node:worker_threads';
import { cancelService, createContext, externalLoop } from '@lws-ts/core';
import { protocol } from '@lws-ts/interface';
import { PollHost, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

const logged = captureLog();

/** Two vhosts, the first of two protocols; who is told says so. */
async function opened(loop?: ReturnType<typeof externalLoop>) {
  const told: string[] = [];
  const waits = (name: string, throws = false) =>
    protocol({
      name,
      vhostData: (vhost) => `${vhost.name} ${name}`,
      eventWaitCancelled(vhost, vhostData) {
        told.push(vhostData);
        expect(vhost.name).toBe(vhostData.split(' ')[0]);
        if (throws) throw new Error('not today');
      },
    });
  const context = await createContext({
    use: [lines()],
    ...(loop === undefined ? {} : { loop }),
    vhosts: [
      { name: 'a', port: -1, protocols: [waits('one', true), waits('two')] },
      { name: 'b', port: -1, protocols: [waits('one'), protocol({ name: 'deaf' })] },
    ],
  });
  return { context, told };
}

const all = ['a one', 'a two', 'b one'];

describe('cancelService', () => {
  test('tells every protocol of every vhost in the next turn, once for all calls', async () => {
    const { context, told } = await opened();
    context.cancelService();
    context.cancelService();
    expect(told).toEqual([]);
    await settle(1);
    expect(told).toEqual(all);
    expect(logged.join()).toContain('eventWaitCancelled of protocol one threw: Error: not today');
    context.cancelService();
    await settle(1);
    expect(told).toEqual([...all, ...all]);
    await context.close();
  });

  test('of another thread wakes a loop that has nothing else to do', async () => {
    const { context, told } = await opened();
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      parentPort.once('message', () => {
        Atomics.add(workerData, 0, 1);
        Atomics.notify(workerData, 0);
      });`;
    const worker = new Worker(code, { eval: true, workerData: context.cancelHandle() });
    worker.postMessage('go');
    while (told.length < 3) await settle(1);
    expect(told).toEqual(all);
    await worker.terminate();
    await context.close();
  });

  test('by its handle is what other threads call', async () => {
    const { context, told } = await opened();
    const handle = context.cancelHandle();
    expect(context.cancelHandle()).toBe(handle);
    cancelService(handle);
    cancelService(handle);
    for (let turn = 0; told.length === 0 && turn < 20; turn++) await settle(1);
    expect(told).toEqual(all);
    await context.close();
    cancelService(handle);
    context.cancelService();
    await settle();
    expect(told).toEqual(all);
  });

  test('of an external loop is told by the wake-up, and runs when that is serviced', async () => {
    const host = new PollHost();
    const loop = externalLoop(host);
    host.drives(loop);
    const { context, told } = await opened(loop);
    cancelService(context.cancelHandle());
    await settle();
    expect([told, host.take()]).toEqual([[], ['add 1', 'ready 1']]);
    expect(loop.adjustTimeout(100)).toBe(0);
    host.poll();
    expect(told).toEqual(all);
    expect(loop.adjustTimeout(100)).toBe(100);
    await context.close();
  });

  test.each([[undefined], [{}], [new Int32Array(1)]])('refuses %j', (handle) => {
    expect(() => cancelService(handle as never)).toThrow('cancelHandle()');
  });

  test('of a closed context leaves nothing that waits', async () => {
    const { context, told } = await opened();
    await context.close();
    cancelService(context.cancelHandle());
    await settle();
    expect(told).toEqual([]);
  });
});
