/** Thousands of client connections, good and bad: nothing of them is left behind. */
import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ws } from '../src/index.ts';
import { answerTo, ScriptedServer } from './scripted-server.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Growth that a thousand connections may leave on the heap, in bytes; one that leaked would keep more. */
const slack = 3 * 1024 * 1024;

let context: Context;
let server: ScriptedServer;
let established: number;
let closed: number;
let failed: number;

beforeEach(async () => {
  setLogLevel(undefined, () => {});
  established = closed = failed = 0;
  const out = protocol({
    name: 'out',
    client: {
      established: () => void established++,
      closed: () => void closed++,
      connectionError: () => void failed++,
    },
  });
  context = (await createContext({
    use: [http(), ws()],
    vhosts: [{ port: -1, protocols: [out] }],
  })) as Context;
  server = await ScriptedServer.listen((head, socket) => {
    if (head.includes('GET /no')) socket.end(answerTo(head, {}, '404 x'));
    else {
      socket.write(answerTo(head));
      socket.once('data', () => socket.end(Uint8Array.of(0x88, 0)));
    }
  });
});
afterEach(async () => {
  await context.close({ deadlineSecs: 0 });
  await server.close();
  setLogLevel(undefined, null);
});

/** Runs `one` that often, a few at a time. */
async function many(count: number, one: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  server.sockets.length = 0;
  server.heads.length = 0;
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 2000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function heap(): Promise<number> {
  await until(() => context.counters.wsi_alive === 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/** What of sockets and timers keeps the process, those of the test runner among them now and then. */
async function held(): Promise<string[]> {
  // a timer that is just being served counts as well
  await new Promise((resolve) => setImmediate(resolve));
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCPSocket|Timeout|ConnectWrap/.test(name));
}

/** Nothing keeps the process, as soon as the test runner's own timers are over. */
async function letGo(): Promise<void> {
  let kept = await held();
  for (let turn = 0; kept.length > 0; turn++) {
    if (turn > 2000) throw new Error(`kept by ${kept.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    kept = await held();
  }
}

async function failing(signal: AbortSignal, url: string): Promise<void> {
  await context.open({ url, signal }).catch((_error: LwsError) => undefined);
}

test('2,000 connections that fail, by every second of two ways', async () => {
  const { signal } = new AbortController();
  const free = await new Promise<number>((resolve) => {
    const unused = createServer().listen(0, '127.0.0.1', () => {
      const address = unused.address();
      unused.close(() => resolve(typeof address === 'object' ? (address?.port ?? 1) : 1));
    });
  });
  let at = 0;
  const one = (): Promise<void> =>
    failing(signal, at++ % 2 === 0 ? `${server.url}no` : `ws://127.0.0.1:${free}/`);
  await many(1000, one);
  const before = await heap();
  await many(1000, one);
  expect((await heap()) - before).toBeLessThan(slack);
  expect([failed, established]).toEqual([2000, 0]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  await letGo();
});

test('2,000 connections that open and close', async () => {
  const { signal } = new AbortController();
  const one = async (): Promise<void> => {
    const wsi = await context.open({ url: server.url, signal });
    wsi.close();
  };
  await many(1000, one);
  await until(() => closed === 1000);
  const before = await heap();
  await many(1000, one);
  await until(() => closed === 2000);
  expect((await heap()) - before).toBeLessThan(slack);
  expect([failed, established]).toEqual([0, 2000]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  await letGo();
});

describe('the process', () => {
  test('is kept by a pause between attempts, and by nothing of a client that came to nothing', async () => {
    const controller = new AbortController();
    context.connect({
      url: `${server.url}no`,
      signal: controller.signal,
      retry: { tableMs: [86_400_000] },
    });
    await until(() => server.heads.length === 1 && server.sockets[0]?.destroyed === true);
    const until300 = Date.now() + 300;
    while (Date.now() < until300) {
      expect(await held()).toContain('Timeout');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    controller.abort();
    await until(() => failed === 1);
    await letGo();
  });

  test('is not kept by a context that is closed', async () => {
    const wsi = await context.open({ url: server.url });
    expect(await held()).toContain('TCPSocketWrap');
    await context.close({ deadlineSecs: 1 });
    await until(() => server.sockets.every(({ destroyed }) => destroyed));
    expect(wsi.open).toBe(false);
    await letGo();
  });
});
