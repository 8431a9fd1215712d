/** EXH-2, EXH-3: a process with 256 descriptors and 400 connections. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missing } from './missing.ts';

/** Times are those of docs/reliability.md when LWS_FUZZ_DEPTH is set; a busy machine has ten times as long. */
const patience = process.env['LWS_FUZZ_DEPTH'] === undefined ? 10 : 1;
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const limit = 256;
const wanted = 400;

interface Report {
  readonly port: number;
  readonly most: number;
  readonly alive: number;
  readonly refused: number;
  readonly descriptors: number;
  readonly lines: number;
  readonly cpuMs: number;
}

const program = (folder: string, whenFull: string): string => `
import { readdirSync } from 'node:fs';
import { createContext, setLogLevel } from ${JSON.stringify(built)};
let lines = 0;
setLogLevel(7, (level, line) => { if (/LWS_ERR_DESCRIPTORS|EMFILE|cannot be opened/.test(line)) lines++; });
const context = await createContext({
  interface: '127.0.0.1', port: 0, timeoutSecs: 120, keepaliveTimeout: 120, fileCacheBytes: 0,
  whenFull: ${JSON.stringify(whenFull)},
  mounts: [{ mountpoint: '/', origin: 'file://${folder}' }],
});
const report = () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({
    port: context.vhosts[0].port,
    most: context.maxConnections,
    alive: context.counters.wsi_alive,
    refused: context.counters.refused.get('LWS_ERR_DESCRIPTORS') ?? 0,
    descriptors: readdirSync('/proc/self/fd').length - 1,
    lines, cpuMs: (user + system) / 1000,
  }));
};
report();
process.stdin.on('data', report);
process.stdin.once('end', () => void context.close({ deadlineSecs: 0 }));
`;

let folder: string;
let child: ChildProcess | undefined;
const sockets: Socket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descriptors-'));
  writeFileSync(join(folder, 'a.txt'), 'from the disk\n');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  if (child?.exitCode === null) {
    child.stdin?.end();
    const patience = setTimeout(() => child?.kill('SIGKILL'), 5000);
    await once(child, 'exit');
    clearTimeout(patience);
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(whenFull: string): Promise<() => Promise<Report>> {
  const started = spawn(
    'sh',
    [
      '-c',
      `ulimit -n ${limit}; exec "$0" --input-type=module --eval "$1"`,
      process.execPath,
      program(folder, whenFull),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child = started;
  const read = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  let first = true;
  return async () => {
    if (!first) started.stdin.write('report\n');
    first = false;
    return JSON.parse((await read.next()).value as string) as Report;
  };
}

interface Opened {
  readonly socket: Socket;
  /** How long after it was there it was refused, ms; undefined while it is not. */
  readonly refusedMs: number | undefined;
}

/** Opens a connection, says a request, and waits for the answer or the end. */
async function ask(port: number): Promise<Opened> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  const began = performance.now();
  return new Promise((resolve) => {
    const refused = (): void => resolve({ socket, refusedMs: performance.now() - began });
    socket.once('error', refused).once('close', refused);
    socket.once('data', () => resolve({ socket, refusedMs: undefined }));
    askAgain(socket);
  });
}

function askAgain(socket: Socket): void {
  socket.write('GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n');
}

const unfit = (): string | undefined => {
  if (!existsSync(built)) return missing('lws-ts is not built: npm run build');
  return existsSync('/proc/self/fd') ? undefined : missing('no /proc on this system');
};

describe.each(['refuse', 'stop-listening'])('whenFull: %s', (whenFull) => {
  test('newcomers are turned away at once, those before still get files, and afterwards all is as before', async (task) => {
    const reason = unfit();
    if (reason !== undefined) task.skip(reason);
    const report = await start(whenFull);
    const before = await report();
    // the listener came after the count, and so did what the program reads from
    const room = limit - before.descriptors - 64;
    expect(before.most).toBeGreaterThanOrEqual(room);
    expect(before.most).toBeLessThan(room + 5);

    const opened: Opened[] = [];
    const began = performance.now();
    for (let at = 0; at < wanted; at++) opened.push(await ask(before.port));
    const kept = opened.filter(({ refusedMs }) => refusedMs === undefined);
    const slowest = opened.map(({ refusedMs }) => refusedMs ?? 0).sort((a, b) => a - b);
    expect(kept.length).toBeGreaterThan(before.most - 4);
    expect(kept.length).toBeLessThanOrEqual(before.most);
    // one in a hundred may meet a busy machine
    expect(slowest[Math.floor(wanted * 0.99)]).toBeLessThan(50 * patience);

    const full = await report();
    expect(full.alive).toBe(kept.length);
    if (whenFull === 'refuse') expect(full.refused).toBe(wanted - kept.length);
    const secs = (performance.now() - began) / 1000;
    expect(full.lines).toBeLessThanOrEqual(Math.ceil(secs));

    // its files are not cached: each needs a descriptor
    for (const { socket } of kept) {
      const answer = once(socket, 'data');
      askAgain(socket);
      expect(String((await answer)[0])).toContain('from the disk');
    }

    const idle = await report();
    await new Promise((resolve) => {
      setTimeout(resolve, 2000);
    });
    const later = await report();
    expect(later.cpuMs - idle.cpuMs).toBeLessThan(0.02 * 2000 * patience);

    for (const { socket } of opened) socket.destroy();
    const gone = performance.now();
    await expect
      .poll(async () => (await ask(before.port)).refusedMs, { interval: 5 })
      .toBeUndefined();
    const recovery = performance.now() - gone;
    expect(recovery).toBeLessThan(100 * patience);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await report()).alive).toBe(0);
    expect((await report()).descriptors).toBeLessThanOrEqual(before.descriptors + 1);
  });
});
