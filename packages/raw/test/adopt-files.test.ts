/** Files, FIFOs, pipes, terminals and what cannot be adopted, as the system has them. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { protocol, type RawTx, type RawWsi } from '@lws-ts/interface';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { raw } from '../src/index.ts';
import { echoing, endsWithTest } from './open-raw.ts';

type AnyWsi = RawWsi<unknown, unknown>;

let folder: string;
let names = 0;
const children: ChildProcess[] = [];
const noFifos = spawnSync('mkfifo', ['--version']).error !== undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lws-ts-adopt-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const path = (): string => join(folder, `it${names++}`);

/** A context on the machine's clock, whose protocol `file` keeps what it hears. */
async function opened(handlers: object = {}, group: 'rawFile' | 'raw' = 'rawFile') {
  const events: string[] = [];
  let heard = '';
  const made = protocol({
    name: 'file',
    [group]: {
      adopt: () => void events.push('adopt'),
      rx(_wsi: AnyWsi, data: Uint8Array): void {
        heard += Buffer.from(data).toString('latin1');
      },
      close: () => void events.push('close'),
      ...handlers,
    },
  });
  const { protocol: echo } = echoing();
  const context = endsWithTest(
    (await createContext({
      use: [raw()],
      vhosts: [{ port: -1, protocols: [made, echo] }],
    })) as unknown as Context,
  );
  const vhost = context.vhosts[0] as Vhost;
  return { context, vhost, events, heard: () => heard };
}

const until = (holds: () => boolean): Promise<void> =>
  expect.poll(holds, { timeout: 5000, interval: 5 }).toBe(true);

/** Whether a descriptor of this process is open. */
function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

describe('a regular file', () => {
  test('is read to its end, then closed; adopt comes after adoptDescriptor returned', async () => {
    const { vhost, events, heard, context } = await opened();
    const file = path();
    const text = 'line\n'.repeat(40_000);
    writeFileSync(file, text);
    const fd = openSync(file, 'r');
    const wsi = vhost.adoptDescriptor(fd, 'file');
    expect([events, wsi.open, wsi.protocol]).toEqual([[], true, 'file']);
    await until(() => events.includes('close'));
    expect([events, heard() === text, isOpen(fd)]).toEqual([['adopt', 'close'], true, false]);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('is written by tx, what is kept leaves before it is closed', async () => {
    const text = 'x'.repeat(300_000);
    const { vhost, events } = await opened({
      adopt: (wsi: AnyWsi) => wsi.requestWriteable(),
      writeable(wsi: AnyWsi, tx: RawTx) {
        tx.write(text);
        wsi.close();
      },
    });
    const file = path();
    vhost.adoptDescriptor(openSync(file, 'w'), 'file');
    await until(() => events.includes('close'));
    expect(readFileSync(file, 'latin1')).toBe(text);
  });

  test('rx flow control stops it', async () => {
    let own: AnyWsi | undefined;
    let bytes = 0;
    const { vhost, events } = await opened({
      rx(wsi: AnyWsi, data: Uint8Array) {
        own = wsi;
        bytes += data.length;
        wsi.rxFlowControl(false);
      },
    });
    const file = path();
    writeFileSync(file, Buffer.alloc(500_000, 1));
    vhost.adoptDescriptor(openSync(file, 'r'), 'file');
    await until(() => bytes > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = bytes;
    expect(before).toBeLessThan(200_000);
    while (bytes < 500_000) {
      own?.rxFlowControl(true);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    own?.rxFlowControl(true);
    await until(() => events.includes('close'));
    expect(bytes).toBe(500_000);
  });

  test('a write that the system refuses is the end of it', async () => {
    const { vhost, events, context } = await opened({
      adopt: (wsi: AnyWsi) => wsi.requestWriteable(),
      writeable: (_wsi: AnyWsi, tx: RawTx) => void tx.write('x'),
    });
    const file = path();
    writeFileSync(file, '');
    // opened for reading alone: the system refuses to write
    vhost.adoptDescriptor(openSync(file, 'r'), 'file');
    await until(() => events.includes('close'));
    expect(context.counters.wsi_alive).toBe(0);
    expect([...context.counters.refused]).toEqual([['LWS_ERR_TRANSPORT_FAILED', 1]]);
  });

  test.skipIf(!existsSync('/proc/self/mem'))(
    'a read that fails is the end of it, with a line that names the error, and a count',
    async () => {
      const said: string[] = [];
      setLogLevel(undefined, (_level, line) => said.push(line));
      const { vhost, events, heard, context } = await opened();
      // there is nothing at its beginning: EIO
      vhost.adoptDescriptor(openSync('/proc/self/mem', 'r'), 'file');
      await until(() => events.includes('close'));
      expect([events, heard()]).toEqual([['adopt', 'close'], '']);
      expect([...context.counters.refused]).toEqual([['LWS_ERR_TRANSPORT_FAILED', 1]]);
      expect(said).toEqual([expect.stringMatching(/LWS_ERR_TRANSPORT_FAILED .*EIO/)]);
    },
  );

  test('the context closes it at once', async () => {
    const { vhost, context, events } = await opened();
    const fd = openSync(path(), 'w');
    vhost.adoptDescriptor(fd, 'file');
    const { elapsedMs } = await context.close({ deadlineSecs: 5 });
    expect(elapsedMs).toBeLessThan(2500);
    expect([events.at(-1), isOpen(fd)]).toEqual(['close', false]);
  });
});

describe.skipIf(noFifos)('a FIFO', () => {
  const fifo = (): string => {
    const name = path();
    execFileSync('mkfifo', [name]);
    return name;
  };
  const openFifo = (name: string): number =>
    openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);

  test('waits for its first writer, and is there for the next when the last one left', async () => {
    const { vhost, heard, events, context } = await opened();
    const name = fifo();
    vhost.adoptDescriptor(openFifo(name), 'file');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(events).toEqual(['adopt']);
    for (let round = 0; round < 20; round++) {
      execFileSync('sh', ['-c', `echo hello ${round} > "$1"`, 'sh', name]);
      await until(() => heard().endsWith(`hello ${round}\n`));
    }
    expect(heard()).toBe(Array.from({ length: 20 }, (_, at) => `hello ${at}\n`).join(''));
    expect(events).toEqual(['adopt']);
    const { elapsedMs } = await context.close({ deadlineSecs: 5 });
    expect(elapsedMs).toBeLessThan(2500);
    expect(events).toEqual(['adopt', 'close']);
  });

  test('loses nothing of writers that come and go', async () => {
    const { vhost, heard } = await opened();
    const name = fifo();
    vhost.adoptDescriptor(openFifo(name), 'file');
    const script = 'for i in $(seq 200); do echo "line $i" > "$0"; done';
    await once(spawn('sh', ['-c', script, name]), 'exit');
    await until(() => heard().includes('line 200\n'));
    const expected = Array.from({ length: 200 }, (_, at) => `line ${at + 1}\n`).join('');
    expect(heard()).toBe(expected);
  });

  test('descriptors of writers that left are given back', async () => {
    const { vhost, heard } = await opened();
    const name = fifo();
    const before = openSync('/dev/null', 'r');
    closeSync(before);
    vhost.adoptDescriptor(openFifo(name), 'file');
    for (let round = 0; round < 30; round++) {
      execFileSync('sh', ['-c', 'echo x > "$0"', name]);
      await until(() => heard().length === 2 * (round + 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    const after = openSync('/dev/null', 'r');
    closeSync(after);
    expect(after - before).toBeLessThan(5);
  });

  test('six of them leave the thread pool to others', async () => {
    const { vhost, events, heard } = await opened();
    for (let at = 0; at < 6; at++) vhost.adoptDescriptor(openFifo(fifo()), 'file');
    const file = path();
    writeFileSync(file, 'free');
    vhost.adoptDescriptor(openSync(file, 'r'), 'file');
    await until(() => events.includes('close'));
    expect(heard()).toBe('free');
  });

  test('flow control leaves it in the pipe, and brings all of it later', async () => {
    let own: AnyWsi | undefined;
    let bytes = 0;
    const { vhost } = await opened({
      rx(wsi: AnyWsi, data: Uint8Array) {
        own = wsi;
        bytes += data.length;
        if (bytes < 1_000_000) wsi.rxFlowControl(false);
      },
    });
    const name = fifo();
    vhost.adoptDescriptor(openFifo(name), 'file');
    const child = spawn('sh', ['-c', 'head -c 1000000 /dev/zero > "$0"', name]);
    children.push(child);
    const ended = once(child, 'exit');
    while (bytes < 1_000_000) {
      own?.rxFlowControl(true);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await ended;
    expect(bytes).toBe(1_000_000);
  });

  test('the writing end of one is written', async () => {
    const { vhost, events } = await opened({
      adopt: (wsi: AnyWsi) => wsi.requestWriteable(),
      writeable(wsi: AnyWsi, tx: RawTx) {
        tx.write('into the pipe');
        wsi.close();
      },
    });
    const name = fifo();
    const child = spawn('cat', [name]);
    children.push(child);
    let said = '';
    child.stdout.on('data', (text) => {
      said += String(text);
    });
    vhost.adoptDescriptor(openSync(name, 'w'), 'file');
    await once(child, 'exit');
    await until(() => events.includes('close'));
    expect(said).toBe('into the pipe');
  });
});

describe('a protocol with one group of handlers gets all with it', () => {
  test('raw for a file', async () => {
    const { vhost, heard, events } = await opened({}, 'raw');
    const file = path();
    writeFileSync(file, 'text');
    vhost.adoptDescriptor(openSync(file, 'r'), 'file');
    await until(() => events.includes('close'));
    expect(heard()).toBe('text');
  });
});

describe('what cannot be adopted is refused and stays the caller’s', () => {
  test.each([
    ['a directory', () => openSync(folder, 'r')],
    ['a device', () => openSync('/dev/null', 'r+')],
  ])('%s', async (_name, open) => {
    const { vhost, events, context } = await opened();
    const fd = open();
    expect(() => vhost.adoptDescriptor(fd, 'file')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_ADOPT' }),
    );
    expect([isOpen(fd), events, context.counters.wsi_alive]).toEqual([true, [], 0]);
    closeSync(fd);
  });

  test('a listening socket', async () => {
    const { vhost } = await opened();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
    for (const adopt of [
      () => vhost.adoptDescriptor(fd, 'echo'),
      () => vhost.adoptSocket(fd, { protocol: 'echo' }),
    ])
      expect(adopt).toThrow(expect.objectContaining({ code: 'LWS_ERR_ADOPT' }));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isOpen(fd)).toBe(true);
    server.close();
    await once(server, 'close');
  });

  test('one that is closed', async () => {
    const { vhost } = await opened();
    const fd = openSync('/dev/null', 'r');
    closeSync(fd);
    expect(() => vhost.adoptDescriptor(fd, 'file')).toThrow(/LWS_ERR_ADOPT|EBADF/);
  });

  test.each([
    ['no number of one', -1],
    ['half a number', 1.5],
    ['a string', '3' as unknown as number],
    ['null', null as unknown as object],
    ['an object', {}],
    ['a stream that cannot be written', { read() {}, on() {} }],
  ])('%s is an option error', async (_name, what) => {
    const { vhost } = await opened();
    expect(() => vhost.adoptDescriptor(what, 'file')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test.each([
    ['a protocol that is not there', 'none', 'LWS_ERR_OPTION'],
    ['a protocol without a group for it', 'deaf', 'LWS_ERR_RAW_PROTOCOL'],
  ])('%s', async (_name, name, code) => {
    const deaf = protocol({ name: 'deaf', ws: {} });
    const context = endsWithTest(
      await createContext({ use: [raw()], port: -1, protocols: [deaf] }),
    );
    const fd = openSync(path(), 'w');
    expect(() => context.vhosts[0]?.adoptDescriptor(fd, name)).toThrow(
      expect.objectContaining({ code }),
    );
    writeSync(fd, 'still mine');
    closeSync(fd);
  });

  test('after the end of the context, or of the vhost', async () => {
    const { context, vhost } = await opened();
    const fd = openSync(path(), 'w');
    await vhost.destroy();
    expect(() => vhost.adoptDescriptor(fd, 'file')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_VHOST_DESTROYED' }),
    );
    await context.close();
    expect(() => vhost.adoptDescriptor(fd, 'file')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_CONTEXT_CLOSED' }),
    );
    writeSync(fd, 'still mine');
    closeSync(fd);
  });

  test('the same one twice', async () => {
    const { vhost } = await opened();
    const server = createServer().listen(join(folder, 'twice.sock'));
    await once(server, 'listening');
    const { connect } = await import('node:net');
    const client = connect(join(folder, 'twice.sock'));
    client.on('error', () => undefined);
    const [socket] = (await once(server, 'connection')) as [{ _handle: { fd: number } }];
    expect(() => vhost.adoptDescriptor(socket._handle.fd, 'echo')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_ADOPT' }),
    );
    client.destroy();
    server.close();
  });
});

test('without raw() in use it names the package', async () => {
  const { http } = await import('@lws-ts/http');
  const any = protocol({ name: 'any', rawFile: {} });
  const context = endsWithTest(await createContext({ use: [http()], port: -1, protocols: [any] }));
  expect(() => context.vhosts[0]?.adoptDescriptor(0, 'any')).toThrow(
    expect.objectContaining({
      code: 'LWS_ERR_MODULE_MISSING',
      message: expect.stringContaining('@lws-ts/raw'),
    }),
  );
});
