/** Where a vhost listens, beside a port of an address: unix sockets, families, interfaces, devices. */
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '@lws-ts/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openListener } from '../src/listen-address.ts';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

captureLog();
const closers: (() => unknown)[] = [];
let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lws-listen-'));
  path = join(dir, 's.sock');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
});

async function serve(options: object) {
  const use = [lines({ line: (line, text) => line.say(text) })];
  const context = await createContext({ use, vhosts: [{ port: 0, ...options }] });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context;
}

function codeOf(options: object): Promise<string | undefined> {
  return serve(options).then(
    () => undefined,
    (error: { code: string }) => error.code,
  );
}

/** What a server says to a line, or the code of why it does not. */
function echo(to: { path: string } | { port: number; host: string }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(to as { path: string });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString().trim());
    });
    socket.write('hello\n');
  });
}

const unixAddress = {
  port: 0,
  interface: undefined as string | undefined,
  unixSock: true,
  unixSocketMode: 0o660,
  disableIpv6: false,
  ipv6V6only: false,
  listenFd: -1,
  backlog: 7,
};

describe('backlog', () => {
  test.each([
    ['a port', { unixSock: false, interface: '127.0.0.1' }],
    ['a path', {}],
  ])('is told the system for %s', async (_of, more) => {
    const server = createServer();
    const listen = vi.spyOn(server, 'listen');
    await openListener(server, { ...unixAddress, interface: path, ...more });
    expect(listen).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ backlog: 7 }),
      expect.any(Function),
    );
    server.close();
  });
});

describe('unixSock', () => {
  test('serves a path, for its user alone, and takes it away at the end', async () => {
    const context = await serve({ unixSock: true, interface: path });
    expect(await echo({ path })).toBe('hello');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await context.close();
    expect(existsSync(path)).toBe(false);
  });

  test('unixSocketMode says for whom', async () => {
    const before = process.umask();
    await serve({ unixSock: true, interface: path, unixSocketMode: 0o666 });
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(process.umask()).toBe(before);
  });

  test.skipIf(process.platform === 'win32')('nobody gets in before it has its mode', async () => {
    const server = createServer();
    const opened = openListener(server, { ...unixAddress, interface: path });
    expect(statSync(path).mode & 0o777).toBe(0);
    await opened;
    expect(statSync(path).mode & 0o777).toBe(0o660);
    server.close();
  });

  test('a file that a dead server left is replaced', async () => {
    const dead = createServer().listen(path);
    await once(dead, 'listening');
    // the file stays when the path is taken away from the server first
    const kept = join(dir, 'kept.sock');
    const { renameSync } = await import('node:fs');
    renameSync(path, kept);
    dead.close();
    await once(dead, 'close');
    renameSync(kept, path);
    expect(await echo({ path })).toBe('ECONNREFUSED');
    await serve({ unixSock: true, interface: path });
    expect(await echo({ path })).toBe('hello');
  });

  test('one that a living server has is not', async () => {
    await serve({ unixSock: true, interface: path });
    expect(await codeOf({ unixSock: true, interface: path })).toBe('LWS_ERR_LISTEN');
    expect(await echo({ path })).toBe('hello');
  });

  test('nor is a file that is no socket', async () => {
    writeFileSync(path, 'precious');
    expect(await codeOf({ unixSock: true, interface: path })).toBe('LWS_ERR_LISTEN');
    expect(statSync(path).size).toBe(8);
  });

  test('a path that the system would cut off is refused, and nothing is opened', async () => {
    const room = process.platform === 'linux' ? 108 : 104;
    const fits = join(dir, 'x'.repeat(room - dir.length - 1));
    await expect(serve({ unixSock: true, interface: `${fits}x` })).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
      message: expect.stringContaining(`${room + 1} bytes`) as string,
    });
    expect(readdirSync(dir)).toEqual([]);
    await serve({ unixSock: true, interface: fits });
    expect(await echo({ path: fits })).toBe('hello');
  });

  test('a listener that gets no mode is not left open', async () => {
    const server = createServer();
    const opened = openListener(server, { ...unixAddress, interface: path });
    unlinkSync(path);
    await expect(opened).rejects.toMatchObject({ code: 'ENOENT' });
    expect(server.listening).toBe(false);
  });

  test('two vhosts share it', async () => {
    const context = await serve({ name: 'one', unixSock: true, interface: path });
    await context.createVhost({ name: 'two', unixSock: true, interface: path });
    await context.vhost('one')?.destroy();
    expect(await echo({ path })).toBe('hello');
  });
});

describe('families', () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );

  test('disableIpv6 leaves IPv4', async () => {
    const [vhost] = (await serve({ disableIpv6: true })).vhosts;
    const port = vhost?.port as number;
    expect(await echo({ port, host: '127.0.0.1' })).toBe('hello');
    if (hasIpv6) expect(await echo({ port, host: '::1' })).toBe('ECONNREFUSED');
  });

  test('ipv6V6only leaves IPv6', async (context) => {
    if (!hasIpv6) context.skip('this machine has no IPv6');
    const [vhost] = (await serve({ ipv6V6only: true })).vhosts;
    const port = vhost?.port as number;
    expect(await echo({ port, host: '::1' })).toBe('hello');
    expect(await echo({ port, host: '127.0.0.1' })).toBe('ECONNREFUSED');
  });

  test('an interface by name has the family that is asked for', async (context) => {
    const name = Object.entries(networkInterfaces()).find(([, list]) =>
      list?.some(({ address }) => address === '127.0.0.1'),
    )?.[0];
    if (name === undefined) context.skip('this machine has no loopback interface');
    const [four] = (await serve({ interface: name, disableIpv6: true })).vhosts;
    expect(await echo({ port: four?.port as number, host: '127.0.0.1' })).toBe('hello');
    if (!hasIpv6) return;
    const [six] = (await serve({ interface: name, ipv6V6only: true })).vhosts;
    expect(await echo({ port: six?.port as number, host: '::1' })).toBe('hello');
  });

  test('an interface that is not there is an error', async () => {
    expect(await codeOf({ interface: 'no-such-interface.invalid' })).toBe('LWS_ERR_LISTEN');
  });
});

test.each([
  [{ disableIpv6: true, ipv6V6only: true }, 'LWS_ERR_LISTEN_ADDRESS'],
  [{ unixSock: true }, 'LWS_ERR_LISTEN_ADDRESS'],
  [{ unixSock: true, interface: '/tmp/x', listenFd: 3 }, 'LWS_ERR_LISTEN_ADDRESS'],
  [{ bindIface: true, interface: 'lo' }, 'LWS_ERR_BIND_IFACE'],
  [{ listenFd: 65_000 }, 'LWS_ERR_LISTEN'],
  [{ unixSocketMode: 0o1000 }, 'LWS_ERR_OPTION'],
])('%j is refused', async (options, code) => {
  expect(await codeOf(options)).toBe(code);
});
