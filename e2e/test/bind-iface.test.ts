/**
 * A vhost on one device: a small helper binds the socket (SO_BINDTODEVICE), listens, and becomes the server, which
 * adopts it as descriptor 3. The system says of each socket where it is bound: `ss` shows `address%device`.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { missing } from './missing.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const python = '/usr/bin/python3';
/** SO_BINDTODEVICE is 25 on Linux. */
const helper = `
import os, socket, sys
device, *command = sys.argv[1:]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, 25, device.encode() + b"\\0")
listener.bind(("0.0.0.0", 0))
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.execv(command[0], command)
`;
const server = `
import { createContext, protocol } from ${JSON.stringify(built)};
const held = protocol({ name: 'held', ws: {} });
const context = await createContext({
  name: 'bound', listenFd: 3, bindIface: true, interface: process.argv[1],
  protocols: [held.with({ default: true })],
  mounts: [{ mountpoint: '/', origin: '>http://elsewhere.test' }],
});
console.log(context.vhosts[0].port);
process.stdin.once('end', () => void context.close({ deadlineSecs: 0 })).resume();
`;

let child: ChildProcessWithoutNullStreams | undefined;
const sockets: Socket[] = [];

beforeEach((task) => {
  if (process.platform !== 'linux') task.skip('SO_BINDTODEVICE is of Linux');
  if (process.getuid?.() !== 0) task.skip('only root may bind a socket to a device');
  if (!existsSync(python)) task.skip(`no ${python} to bind the socket`);
  if (spawnSync('ss', ['-V']).error !== undefined) task.skip('no ss to look (package iproute2)');
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const over = child === undefined || child.exitCode !== null ? undefined : once(child, 'exit');
  child?.stdin.end();
  await over;
  child = undefined;
});

/** Serves on that device; gives its port. */
async function serveOn(device: string): Promise<number> {
  const command = [process.execPath, '--input-type=module', '--eval', server, device];
  child = spawn(python, ['-c', helper, device, ...command]);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const printed = await Promise.race([
    once(child.stdout, 'data').then(([bytes]) => String(bytes)),
    once(child, 'exit').then(() => ''),
  ]);
  if (printed === '') throw new Error(complaint);
  return Number(printed);
}

/** Connected over the loopback device, or the code of why not. */
async function reach(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.write('GET / HTTP/1.1\r\nHost: bound\r\n\r\n');
    socket.once('data', (bytes) => resolve(String(bytes).split('\r\n')[0] ?? ''));
  });
}

/** Local addresses of the sockets of a port, as the system has them. */
function localAddresses(port: number): string[] {
  const { stdout } = spawnSync('ss', ['-Htna', `sport = :${port}`], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/)[3] ?? '');
}

test('what it accepts is bound as the socket that was handed over', async () => {
  const port = await serveOn('lo');
  expect(await reach(port)).toMatch(/^HTTP\/1\.1 30/);
  expect(localAddresses(port)).toEqual([`0.0.0.0%lo:${port}`, `127.0.0.1%lo:${port}`]);
});

test('what comes by another device is not accepted', async (task) => {
  const other = Object.keys(networkInterfaces()).find((name) => name !== 'lo');
  if (other === undefined) {
    task.skip('this machine has the loopback device alone');
    return;
  }
  const port = await serveOn(other);
  expect(await reach(port)).toBe('ECONNREFUSED');
  expect(localAddresses(port)).toEqual([`0.0.0.0%${other}:${port}`]);
});
