/** EXH-2: what becomes of connections that there is no descriptor for. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Context, createContext } from '@lws-ts/core';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

const logged = captureLog();
const contexts: Context[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
});

async function open(options: object): Promise<{ context: Context; port: number }> {
  const use = [lines({ line: (line, text) => line.say(text) })];
  const context = await createContext({ use, interface: '127.0.0.1', ...options });
  contexts.push(context as unknown as Context);
  return { context: context as unknown as Context, port: context.vhosts[0]?.port as number };
}

/** What becomes of a connection that says a line: the answer, or the code of its error. */
async function say(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(String(bytes).trim()));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.once('close', () => resolve('closed'));
    socket.write('hello\n');
  });
}

test('fdLimitPerThread: one more is reset at once, those before go on, and after one is gone the next gets in', async () => {
  const { context, port } = await open({ fdLimitPerThread: 3 });
  expect(context.maxConnections).toBe(3);
  for (let at = 0; at < 3; at++) expect(await say(port)).toBe('hello');
  for (let at = 0; at < 20; at++) expect(await say(port)).toBe('ECONNRESET');
  expect(context.counters.refused.get('LWS_ERR_DESCRIPTORS')).toBe(20);
  expect(context.counters).toMatchObject({ wsi_alive: 3, rejected: 20 });
  expect(logged.filter((line) => line.includes('LWS_ERR_DESCRIPTORS'))).toHaveLength(1);
  sockets[0]?.destroy();
  await expect.poll(() => context.counters.wsi_alive).toBe(2);
  expect(await say(port)).toBe('hello');
});

test.skipIf(process.platform === 'win32')('fdReserve: so many fewer connections', async () => {
  const most = async (fdReserve: number): Promise<number> =>
    (await open({ port: -1, fdReserve })).context.maxConnections;
  const [none, some] = [await most(0), await most(36)];
  expect(none - some).toBe(36);
});

test('a second later the line says how many there were', async () => {
  const { port } = await open({ fdLimitPerThread: 1 });
  await say(port);
  for (let at = 0; at < 5; at++) await say(port);
  await new Promise((resolve) => {
    setTimeout(resolve, 1050);
  });
  await say(port);
  const told = logged.filter((line) => line.includes('LWS_ERR_DESCRIPTORS'));
  expect(told).toHaveLength(2);
  expect(told[1]).toMatch(/; 4 more since the last such line$/);
});

test("whenFull 'stop-listening': nobody listens while it is full, and again on the same port when it is not", async () => {
  const { context, port } = await open({ fdLimitPerThread: 2, whenFull: 'stop-listening' });
  expect(await say(port)).toBe('hello');
  expect(await say(port)).toBe('hello');
  expect(await say(port)).toBe('ECONNREFUSED');
  expect(context.counters).toMatchObject({ wsi_alive: 2, rejected: 0 });
  // it is looked for again and again
  await new Promise((resolve) => {
    setTimeout(resolve, 250);
  });
  expect(await say(port)).toBe('ECONNREFUSED');
  sockets[1]?.destroy();
  await expect.poll(() => say(port), { interval: 20 }).toBe('hello');
  expect(await say(port)).toBe('ECONNREFUSED');
});

describe('what a module opens', () => {
  test('counts as connections do', async () => {
    const { context, port } = await open({ fdLimitPerThread: 4 });
    const { descriptors } = context;
    descriptors.opened(3);
    expect(await say(port)).toBe('hello');
    expect(await say(port)).toBe('ECONNRESET');
    expect(descriptors.hasRoom(1)).toBe(false);
    descriptors.opened(-3);
    expect([descriptors.hasRoom(3), descriptors.hasRoom(4)]).toEqual([true, false]);
    expect(await say(port)).toBe('hello');
  });

  test("closes the listener of whenFull 'stop-listening', which opens again when it is closed", async () => {
    const { context, port } = await open({ fdLimitPerThread: 3, whenFull: 'stop-listening' });
    context.descriptors.opened(3);
    expect(await say(port)).toBe('ECONNREFUSED');
    context.descriptors.opened(-3);
    await expect.poll(() => say(port), { interval: 20 }).toBe('hello');
  });
});

test('a port that somebody else took meanwhile is tried again and again, with one warning', async () => {
  const { port } = await open({ fdLimitPerThread: 1, whenFull: 'stop-listening' });
  expect(await say(port)).toBe('hello');
  await expect.poll(() => say(port), { interval: 10 }).toBe('ECONNREFUSED');
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  sockets[0]?.destroy();
  await new Promise((resolve) => {
    setTimeout(resolve, 250);
  });
  expect(logged.filter((line) => line.includes('cannot be opened again yet'))).toHaveLength(1);
  other.close();
  await expect.poll(() => say(port), { interval: 20 }).toBe('hello');
});

test('a context that closes while it opens a listener again does not listen', async () => {
  const { context, port } = await open({});
  const [listener] = context.listeners;
  listener?.suspend();
  listener?.resume();
  await context.close({ deadlineSecs: 0 });
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  expect(await say(port)).toBe('ECONNREFUSED');
});

test('a context that closes while nobody listens does not open again', async () => {
  const { context, port } = await open({ fdLimitPerThread: 1, whenFull: 'stop-listening' });
  expect(await say(port)).toBe('hello');
  await context.close({ deadlineSecs: 0 });
  await new Promise((resolve) => {
    setTimeout(resolve, 120);
  });
  expect(await say(port)).toBe('ECONNREFUSED');
});
