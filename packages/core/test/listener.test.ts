import { existsSync, readFileSync } from 'node:fs';
import { connect, Server, type Socket } from 'node:net';
import { createContext } from '@lws-ts/core';
import type { AnyModule, RoleHost } from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import { captureLog } from './captured-log.ts';
import { LineState, lines } from './line-role.ts';

const logged = captureLog();

const tcpTable = '/proc/net/tcp';

/** What the kernel says of the accepted side of a connection: which timer runs, and for how many seconds more. */
function kernelTimer(localPort: number, remotePort: number): { kind: string; secs: number } {
  const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
  const row = readFileSync(tcpTable, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, remote]) =>
      Boolean(local?.endsWith(`:${port(localPort)}`) && remote?.endsWith(`:${port(remotePort)}`)),
    );
  const [kind = '', jiffies = ''] = row?.[5]?.split(':') ?? [];
  return { kind, secs: Number.parseInt(jiffies, 16) / 100 };
}

describe('kaTime', () => {
  const keepaliveTimer = '02';

  test.skipIf(!existsSync(tcpTable)).each([
    [0, '00', 0],
    [30, keepaliveTimer, 30],
    [3000, keepaliveTimer, 3000],
  ])('%i: the kernel has timer %s', async (kaTime, kind, secs) => {
    const use = [lines({ line: (line, text) => line.say(text) })];
    const context = await createContext({ use, interface: '127.0.0.1', kaTime });
    const port = context.vhosts[0]?.port as number;
    const socket = await new Promise<Socket>((resolve) => {
      const made = connect({ port, host: '127.0.0.1' });
      // the server has it, with all its options, when it answers
      made.once('data', () => resolve(made));
      made.write('hello\n');
    });
    await expect
      .poll(() => kernelTimer(port, socket.localPort as number).kind, { timeout: 5000 })
      .toBe(kind);
    const timer = kernelTimer(port, socket.localPort as number);
    expect(timer.secs).toBeGreaterThan(secs - 10);
    expect(timer.secs).toBeLessThanOrEqual(secs);
    socket.destroy();
    await context.close({ deadlineSecs: 0 });
  });
});

test('a peer that has said all it has to say still hears', async () => {
  const use = [lines({ peerEnded: (line) => line.say('goodbye\n') })];
  const context = await createContext({ use, interface: '127.0.0.1' });
  const socket = connect({ port: context.vhosts[0]?.port as number, host: '127.0.0.1' });
  let heard = '';
  socket.on('data', (bytes) => (heard += String(bytes))).on('error', () => undefined);
  socket.end();
  await expect.poll(() => heard, { timeout: 5000 }).toBe('goodbye\n');
  await context.close({ deadlineSecs: 0 });
});

test('an accept that fails is a warning, and the next connection is served', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  const use = [lines({ line: (line, text) => line.say(text) })];
  const context = await createContext({ use, interface: '127.0.0.1' });
  const server = listen.mock.contexts[0] as Server;
  listen.mockRestore();
  server.emit('error', new Error('accept EMFILE'));
  const port = context.vhosts[0]?.port as number;
  expect(logged).toEqual([`warn port ${port}: accept EMFILE`]);
  const socket = connect({ port, host: '127.0.0.1' });
  let heard = '';
  socket.on('data', (bytes) => (heard += String(bytes))).write('hello\n');
  await expect.poll(() => heard, { timeout: 5000 }).toContain('hello');
  socket.destroy();
  await context.close({ deadlineSecs: 0 });
});

describe('firstRole', () => {
  /** Two roles that accept, one after the other in the module's list. */
  function roles(taken: string[]): AnyModule {
    const each = ['one', 'two'].map((name) => ({
      name,
      accept(host: RoleHost) {
        taken.push(name);
        return new LineState(host, {});
      },
    }));
    return { ...lines(), install: () => ({ roles: each }) };
  }

  test.each([
    [undefined, 'one'],
    ['one', 'one'],
    ['two', 'two'],
  ])('%s: %s gets the connection', async (firstRole, expected) => {
    const taken: string[] = [];
    const context = await createContext({
      use: [roles(taken)],
      interface: '127.0.0.1',
      ...(firstRole === undefined ? {} : { firstRole }),
    });
    const socket = connect({ port: context.vhosts[0]?.port as number, host: '127.0.0.1' });
    await expect.poll(() => taken, { timeout: 5000 }).toEqual([expected]);
    socket.destroy();
    await context.close({ deadlineSecs: 0 });
  });
});
