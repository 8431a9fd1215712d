/** The test server is told to end while peers are there: who answers, who does not, and a second signal. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { appMissing, Program } from './program.ts';

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
      expect(program.printed).toContain('context closed: 1 connections in order, 0 cut');
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
    expect(program.printed).toContain('context closed: 0 connections in order, 1 cut');
  });

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('%s, then %s: everything is cut at once, with 1', async (first, second) => {
    const { program, port } = await start();
    const peer = await openWs(port);
    program.signal(first);
    await hearsGoodbye(peer);
    const began = performance.now();
    program.signal(second);
    expect(await program.end()).toBe(1);
    expect(performance.now() - began).toBeLessThan(1500);
  });
});
