/** Raw connections, raw clients and adopted descriptors of a program that owns the poll: all in its calls. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, protocol, type RawTx, type RawWsi } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { missing } from './missing.ts';
import { PollProgram } from './poll-program.ts';

const connections = 40;
/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 20_000 };

interface Held {
  data: Uint8Array | undefined;
}
type Wsi = RawWsi<Held, undefined>;

let program: PollProgram;
let folder: string;

beforeEach(() => {
  program = new PollProgram();
  folder = mkdtempSync(join(tmpdir(), 'lws-ts-poll-'));
});
afterEach(() => {
  program.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An echo whose handlers the program counts. */
function counting() {
  const seen: string[] = [];
  const handler = (what: string): void => {
    program.handler();
    seen.push(what);
  };
  const handlers = (group: string) => ({
    adopt: () => handler(`${group} adopt`),
    rx(wsi: Wsi, data: Uint8Array): void {
      handler(`${group} rx ${Buffer.from(data).toString('latin1')}`);
      wsi.session.data = data;
      wsi.requestWriteable();
    },
    writeable(wsi: Wsi, tx: RawTx): void {
      handler(`${group} writeable`);
      const { data } = wsi.session;
      wsi.session.data = undefined;
      if (data !== undefined && group === 'raw') tx.write(data);
    },
    close: () => handler(`${group} close`),
  });
  const made = protocol({
    name: 'counting',
    session: (): Held => ({ data: undefined }),
    raw: handlers('raw'),
    rawFile: handlers('file'),
  });
  return { made, seen };
}

test('no handler runs outside of its calls', async (task) => {
  if (spawnSync('mkfifo', ['--version']).error !== undefined)
    task.skip(missing('mkfifo is not installed'));
  const { made, seen } = counting();
  const context = await createContext({
    loop: program.loop,
    interface: '127.0.0.1',
    port: 0,
    protocols: [made],
    fallbackToRaw: true,
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const count = (what: string): number => seen.filter((one) => one.startsWith(what)).length;

  // those that come in
  const sockets = Array.from({ length: connections }, () => connect(vhost.port, '127.0.0.1'));
  await Promise.all(
    sockets.map(async (socket, at) => {
      socket.write(`hello ${at}`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(String(answer)).toBe(`hello ${at}`);
    }),
  );
  expect(count('raw adopt')).toBe(connections);

  // one that goes out, to a server that greets
  const server = createServer((socket) => socket.write('220 ready')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = context.connect({ url: `raw://127.0.0.1:${port}` });
  await expect.poll(() => count('raw rx 220 ready'), eventually).toBe(1);

  // a file, and a FIFO whose writers come and go
  const file = join(folder, 'a.txt');
  writeFileSync(file, 'what it says');
  vhost.adoptDescriptor(openSync(file, 'r'), 'counting');
  await expect.poll(() => count('file close'), eventually).toBe(1);
  expect(seen).toContain('file rx what it says');
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const adopted = vhost.adoptDescriptor(fd, 'counting');
  for (let round = 0; round < 5; round++) {
    execFileSync('sh', ['-c', `printf ${round} > "$0"`, fifo]);
    await expect.poll(() => count(`file rx ${round}`), eventually).toBe(1);
  }

  client.close();
  adopted.close();
  for (const [at, socket] of sockets.entries())
    if (at % 2 === 0) socket.end();
    else socket.resetAndDestroy();
  await expect.poll(() => context.counters.wsi_alive, eventually).toBe(0);
  expect([count('raw close'), count('file close')]).toEqual([connections + 1, 2]);
  expect([program.handled, program.strays]).toEqual([seen.length, 0]);
  server.close();
  for (const socket of sockets) socket.destroy();
  await context.close({ deadlineSecs: 1 });
  expect(program.polled.size).toBe(0);
});
