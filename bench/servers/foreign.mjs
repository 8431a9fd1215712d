/** Servers that are no Node.js programs: found on the path, started, watched, ended with the process that started them. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { announce } from './announce.mjs';

/** Where `name` is, or undefined. */
export function findProgram(name) {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']) {
    try {
      const file = join(folder, name);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not there
    }
  }
  return undefined;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts it, waits until it listens, and announces it. */
export async function startForeign(name, args, port) {
  const child = spawn(findProgram(name), args, { stdio: 'ignore' });
  process.on('exit', () => child.kill());
  child.on('exit', () => process.exit(1));
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 100) throw new Error(`${name} does not listen`);
    await sleep(50);
  }
  announce(port, child.pid);
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
