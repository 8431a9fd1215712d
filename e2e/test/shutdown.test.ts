/** The test server is told to end while peers are there: who answers, who does not, and a second signal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { appMain, appMissing, Program } from './program.ts';

const handshake =
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
  'Sec-WebSocket-Protocol: lws-mirror-protocol\r\n\r\n';
/** The end of a close frame with 1001, and one from a client. */
const goingAway = Buffer.from('03e9', 'hex');
const answer = Buffer.from('88820000000003e9', 'hex');

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function start(): Promise<{ program: Program; port: number }> {
  const program = Program.app('test-server', '-p', '0', '-i', '127.0.0.1', '-f', 'none');
  ended.push(() => program.stop('SIGKILL'));
  const [, port] = await program.until(/http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/);
  return { program, port: Number(port) };
}

/** One that speaks WebSocket, and what it heard. */
async function openWs(port: number): Promise<{ socket: Socket; heard: () => Buffer }> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  ended.push(() => socket.destroy());
  let heard = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    heard = Buffer.concat([heard, bytes]);
  });
  socket.write(handshake);
  while (!heard.includes('\r\n\r\n')) await once(socket, 'data');
  return { socket, heard: () => heard };
}

async function hearsGoodbye(peer: Awaited<ReturnType<typeof openWs>>): Promise<void> {
  while (!peer.heard().includes(goingAway)) await once(peer.socket, 'data');
}

describe.skipIf(appMissing('test-server'))('shutdown of the test server', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: a peer that answers 1001 ends in order, newcomers are not taken, and the exit code is 0',
    async (signal) => {
      const { program, port } = await start();
      const peer = await openWs(port);
      const exit = program.stop(signal);
      await hearsGoodbye(peer);
      const late = connect(port, '127.0.0.1');
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
      peer.socket.write(answer);
      expect(await exit).toBe(0);
      expect(program.printed).toContain('context closed; connections: 1 ended cleanly, 0 cut');
    },
  );

  test('who does not answer is cut, and told of', async () => {
    const { program, port } = await start();
    const peer = await openWs(port);
    const began = performance.now();
    // not Program.stop: that one kills after as long
    program.signal('SIGTERM');
    await hearsGoodbye(peer);
    expect(await program.end()).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1500);
    expect(performance.now() - began).toBeLessThan(8000);
    expect(program.printed).toContain('context closed; connections: 0 ended cleanly, 1 cut');
  });

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('%s, then %s: everything is cut at once, with 1', async (first, second) => {
    const { program, port } = await start();
    const peer = await openWs(port);
    program.signal(first);
    await hearsGoodbye(peer);
    // what comes within 500 ms is the first one, heard again
    await sleep(550);
    const began = performance.now();
    program.signal(second);
    expect(await program.end()).toBe(1);
    expect(performance.now() - began).toBeLessThan(1500);
  });
});

describe.skipIf(appMissing('test-server'))(
  'Ctrl-C of npm start, which every process there hears',
  () => {
    const setup = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

    /** The test server under `scripts/setup.mjs` under a shell, in a process group of their own. */
    async function startGroup() {
      const args = ['-p', '0', '-i', '127.0.0.1', '-f', 'none'];
      const command = [process.execPath, setup, process.execPath, appMain('test-server'), ...args];
      const shell = spawn('sh', ['-c', '"$@"; true', 'sh', ...command], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const group = -(shell.pid as number);
      ended.push(() => {
        try {
          process.kill(group, 'SIGKILL');
        } catch {
          // it has ended
        }
      });
      let printed = '';
      let port: string | undefined;
      for (const stream of [shell.stdout, shell.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
        });
      while (port === undefined) {
        await once(shell.stdout, 'data');
        port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
      }
      const press = (): void => {
        process.kill(group, 'SIGINT');
        // as npm, which does not wait for who is below
        shell.kill('SIGKILL');
      };
      const over = once(shell, 'close').then(() => printed);
      return { port: Number(port), press, over };
    }

    test('one press: a peer has its time to answer', async () => {
      const { port, press, over } = await startGroup();
      const peer = await openWs(port);
      press();
      await hearsGoodbye(peer);
      await sleep(1200);
      peer.socket.write(answer);
      expect(await over).toContain('context closed; connections: 1 ended cleanly, 0 cut');
    });

    test('a second press: everything is cut at once', async () => {
      const { port, press, over } = await startGroup();
      const peer = await openWs(port);
      press();
      await hearsGoodbye(peer);
      await sleep(550);
      const began = performance.now();
      press();
      expect(await over).not.toContain('context closed');
      expect(performance.now() - began).toBeLessThan(1500);
    });
  },
);
