/**
 * Connections that are reset at random stages of their life: when all are gone, descriptors, deadlines and tables
 * are what they were. 2,000 of them, times LWS_FUZZ_DEPTH: 10 is what a release is tested with.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, echo } from 'lws-ts';
import { expect, test } from 'vitest';

const PEERS = 2000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const AT_ONCE = 50;
const descriptors = (): number => readdirSync('/proc/self/fd').length;
const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

const H = 'Host: a\r\n';
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${H}\r\n`;
const chunked = `POST /a.txt HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n`;
const handshake = `GET / HTTP/1.1\r\n${H}Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: echo\r\n\r\n`;
const masked = Buffer.from('8185000000006162636465', 'hex');

/** What is said before the reset, and whether an answer is waited for. */
const stages: readonly (readonly [
  name: string,
  said: readonly (string | Uint8Array)[],
  heard: boolean,
])[] = [
  ['before a byte', [], false],
  ['in the request line', ['GET /a.t'], false],
  ['in the fields', [`GET / HTTP/1.1\r\nHo`], false],
  ['behind the head', [get('/a.txt')], false],
  ['while a file is opened', [get('/big.txt')], false],
  ['behind an answer', [get('/a.txt')], true],
  ['between pipelined requests', [get('/a.txt'), 'GET /a.t'], true],
  ['behind many', [get('/a.txt').repeat(20)], false],
  ['in the middle of a large answer', [get('/big.txt')], true],
  ['in a body', [`POST /a.txt HTTP/1.1\r\n${H}Content-Length: 1000\r\n\r\nabc`], false],
  ['in the size of a chunk', [`${chunked}1`], false],
  ['in a chunk', [`${chunked}10\r\nabc`], false],
  ['in the trailers', [`${chunked}0\r\nX-Su`], false],
  [
    'waiting for 100',
    [`POST /a.txt HTTP/1.1\r\n${H}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`],
    false,
  ],
  ['behind a refusal', ['GET\r\n'], true],
  ['behind a 404', [get('/none.txt')], true],
  ['in a handshake', [handshake.slice(0, 100)], false],
  ['behind a handshake', [handshake], true],
  ['in a frame', [handshake, masked.subarray(0, 7)], true],
  ['behind a message', [handshake, masked], true],
  ['behind half a message', [handshake, Buffer.from('0185000000006162636465', 'hex')], true],
  ['in the closing handshake', [handshake, Buffer.from('888000000000', 'hex')], true],
];

async function one(port: number, at: number): Promise<void> {
  const stage = stages[at % stages.length];
  if (stage === undefined) throw new Error('no stages');
  const [, said, heard] = stage;
  const peer = connect(port, '127.0.0.1');
  peer.on('error', () => undefined);
  const gone = new Promise((resolve) => peer.once('close', resolve));
  await Promise.race([new Promise((resolve) => peer.once('connect', resolve)), gone]);
  const data = new Promise((resolve) => peer.once('data', resolve));
  const [first, ...rest] = said;
  if (first !== undefined) peer.write(first);
  if (heard) await Promise.race([data, gone]);
  for (const bytes of rest) peer.write(bytes);
  if (at % 3 === 0) await sleep(at % 7);
  if (at % 5 === 0) peer.end();
  else peer.resetAndDestroy();
  if (at % 5 === 0) await sleep(1);
  peer.destroy();
  await gone;
}

test.skipIf(!existsSync('/proc/self/fd'))(
  `${PEERS} connections reset at ${stages.length} stages; counting descriptors takes /proc`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'random-resets-'));
    writeFileSync(join(folder, 'big.txt'), new Uint8Array(4 * 1024 * 1024));
    writeFileSync(join(folder, 'a.txt'), 'alpha');
    const idle = timers();
    const context = await createContext({
      port: 0,
      interface: '127.0.0.1',
      protocols: [echo],
      maxHttpHeaderPool: 32,
      mounts: [{ mountpoint: '/', origin: `file://${folder}` }],
    });
    const port = context.vhosts[0]?.port ?? 0;
    const answer = async (): Promise<string> => {
      const headers = { connection: 'close' };
      return (await fetch(`http://127.0.0.1:${port}/a.txt`, { headers })).text();
    };
    for (let warm = 0; warm < 2 * stages.length; warm++) await one(port, warm);
    expect(await answer()).toBe('alpha');
    await sleep(100);
    const before = descriptors();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < PEERS) await one(port, next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (let wait = 0; wait < 150 && descriptors() > before; wait++) await sleep(20);
    expect(descriptors()).toBe(before);
    const vhost = context.vhosts[0];
    expect([...(vhost?.connectionsByProtocol().values() ?? [])]).toEqual([0]);
    expect(vhost?.counters.h1_conn).toBeGreaterThanOrEqual(PEERS);
    expect([...(vhost?.counters.refused.keys() ?? [])]).not.toContain('LWS_ERR_HANDLER_THREW');
    // No table is held, and no lock: who asks now is answered.
    expect(await answer()).toBe('alpha');
    await context.close({ deadlineSecs: 1 });
    for (let wait = 0; wait < 100 && timers() > idle + 1; wait++) await sleep(20);
    expect(timers()).toBeLessThanOrEqual(idle + 1);
    rmSync(folder, { recursive: true });
  },
  600_000,
);
