/** What the kernel has of TCP keepalive, asked by another program that inherits the socket. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Socket, Socket as SocketClass } from 'node:net';
import { createContext, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missing } from './missing.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const probesCanBeSet = SocketClass.prototype.setKeepAlive.length >= 4;

let mask: number;
const contexts: LwsContext[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  mask = setLogLevel();
  setLogLevel(0);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
  setLogLevel(mask);
});

/** The descriptor, in this process, of the connection between these ports. */
function descriptorOf(local: number, remote: number): number | undefined {
  const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      (cells) => cells[1]?.endsWith(`:${port(local)}`) && cells[2]?.endsWith(`:${port(remote)}`),
    );
  const inode = row?.[9];
  return readdirSync('/proc/self/fd')
    .map(Number)
    .find((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false;
      }
    });
}

const ask = `
import socket
s = socket.socket(fileno=3)
t = socket.IPPROTO_TCP
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), s.getsockopt(t, socket.TCP_KEEPIDLE),
  s.getsockopt(t, socket.TCP_KEEPINTVL), s.getsockopt(t, socket.TCP_KEEPCNT), s.getsockopt(t, socket.TCP_NODELAY))
`;

/** SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_NODELAY. */
function optionsOf(fd: number): number[] {
  const { stdout } = spawnSync('python3', ['-c', ask], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  });
  return String(stdout).trim().split(' ').map(Number);
}

const unfit = (): string | undefined => {
  if (!existsSync('/proc/net/tcp')) return missing('no /proc/net/tcp on this system');
  return python ? undefined : missing('python3 is not installed');
};

const echo = protocol({
  name: 'echo',
  ws: {
    message(wsi) {
      wsi.close();
    },
  },
});

describe.each([
  [
    'all three',
    { kaTime: 7, kaProbes: 4, kaInterval: 3 },
    probesCanBeSet ? [1, 7, 3, 4] : [1, 7, 1, 10],
  ],
  ['kaTime alone', { kaTime: 9 }, [1, 9, 1, 10]],
  ['none', {}, [0]],
] as const)('%s', (_name, options, expected) => {
  test.for([false, true])(
    'of an accepted socket the kernel has what Node.js can set, fastRead: %s',
    async (fastRead, task) => {
      const reason = unfit();
      if (reason !== undefined) task.skip(reason);
      const context = await createContext({
        ...options,
        fastRead,
        interface: '127.0.0.1',
        port: 0,
      });
      contexts.push(context);
      const port = context.vhosts[0]?.port ?? 0;
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      await expect.poll(() => context.counters.wsi_alive).toBe(1);
      const fd = descriptorOf(port, socket.localPort ?? 0) as number;
      const got = optionsOf(fd);
      expect(got.slice(0, expected.length)).toEqual(expected);
      expect(got[4]).toBe(1);
    },
  );
});

test('the sockets of clients too', async (task) => {
  const reason = unfit();
  if (reason !== undefined) task.skip(reason);
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const context = await createContext({
    kaTime: 7,
    kaProbes: 4,
    kaInterval: 3,
    port: -1,
    protocols: [echo.with({ default: true })],
  });
  contexts.push(context);
  context.connect({ url: `ws://127.0.0.1:${port}/` });
  await expect.poll(() => sockets.length).toBe(1);
  const fd = descriptorOf(sockets[0]?.remotePort ?? 0, port) as number;
  const expected = probesCanBeSet ? [1, 7, 3, 4, 1] : [1, 7, 1, 10, 1];
  expect(optionsOf(fd)).toEqual(expected);
  server.close();
});

test.for([undefined, 7])('backlog: %s', async (backlog, task) => {
  const ss = spawnSync('ss', ['-Hltn']);
  if (ss.status !== 0) task.skip(missing('ss is not installed'));
  const context = await createContext({
    interface: '127.0.0.1',
    port: 0,
    ...(backlog === undefined ? {} : { backlog }),
  });
  contexts.push(context);
  const listening = String(spawnSync('ss', ['-Hltn']).stdout)
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find((cells) => cells[3] === `127.0.0.1:${context.vhosts[0]?.port}`);
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  expect(Number(listening?.[2])).toBe(Math.min(backlog ?? 4096, most));
});

test('SO_REUSEADDR: on a port that has connections in TIME-WAIT it listens again at once', async (task) => {
  const ss = spawnSync('ss', ['-Htan']);
  if (ss.status !== 0) task.skip(missing('ss is not installed'));
  const open = (port: number) => createContext({ interface: '127.0.0.1', port });
  const first = await open(0);
  const port = first.vhosts[0]?.port ?? 0;
  // refused, and closed by the server first: its end of it stays for a minute
  const socket = connect(port, '127.0.0.1');
  socket.write('no request\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  await first.close({ deadlineSecs: 0 });
  const waits = String(spawnSync('ss', ['-Htan']).stdout)
    .split('\n')
    .filter((line) => line.startsWith('TIME-WAIT') && line.includes(`127.0.0.1:${port} `));
  expect(waits).toHaveLength(1);
  const second = await open(port);
  contexts.push(second);
  expect(second.vhosts[0]?.port).toBe(port);
});
