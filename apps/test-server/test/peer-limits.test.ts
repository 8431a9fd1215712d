/** What one address may have of the test server. lws: test-server.c */
import { connect, type Socket } from 'node:net';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestServer } from '../src/index.ts';

let mask: number;

beforeEach(() => {
  mask = setLogLevel();
  setLogLevel(0);
});
afterEach(() => {
  setLogLevel(mask);
});

/** Resolves with what came, once something did or the connection is over. */
function said(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString('latin1')));
    socket.once('close', () => resolve('closed'));
  });
}

test('105 connections are kept, the next is dropped; 24 requests have a header table, the next waits', async () => {
  const context = await startTestServer({ port: 0, interface: '127.0.0.1' });
  const port = context.vhosts[0]?.port ?? 0;
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  try {
    for (let at = 0; at < 105; at++) {
      const socket = open();
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    expect(await said(open())).toBe('closed');
    expect(context.counters.wsi_alive).toBe(105);

    for (const socket of sockets.slice(0, 24)) socket.write('GET /slow');
    const waits = sockets[24] as Socket;
    const answer = said(waits);
    while (context.counters.rx < 24 * 9) await new Promise(setImmediate);
    waits.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (context.counters.ah_waits === 0) await new Promise(setImmediate);
    sockets[0]?.destroy();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  } finally {
    for (const socket of sockets) socket.destroy();
    await context.close({ deadlineSecs: 0 });
  }
});
