/** Raw sockets and descriptors with the tools that the notes name: telnet, nc, mkfifo, a terminal. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { missing } from './missing.ts';
import { appMain, appMissing, freePort, Program } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 20_000 };
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const closers: (() => unknown)[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lws-ts-raw-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Why a tool of the system cannot be used; undefined when it can. */
function toolMissing(name: string): string | undefined {
  const found = ['/usr/bin', '/bin', '/usr/sbin'].some((at) => existsSync(`${at}/${name}`));
  return found ? undefined : missing(`${name} is not installed`);
}

/** A program of the system, whose input the test types. */
function start(command: string, ...args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  closers.push(() => child.kill('SIGKILL'));
  return { child, type: (text: string) => child.stdin.write(text), printed: () => printed };
}

async function testServer(...args: readonly string[]): Promise<{ program: Program; port: number }> {
  const program = Program.app('test-server', '-p', '0', '-i', '127.0.0.1', ...args);
  closers.push(() => program.stop());
  const [, port] = await program.until(/http:\/\/127\.0\.0\.1:(\d+)/);
  return { program, port: Number(port) };
}

describe('the test server', () => {
  const serverReason = appMissing('test-server');

  test('echoes what telnet types', async (task) => {
    const reason = serverReason ?? toolMissing('telnet');
    if (reason !== undefined) task.skip(reason);
    const { port } = await testServer('-f', 'none');
    const telnet = start('telnet', '127.0.0.1', String(port));
    await expect.poll(telnet.printed, eventually).toContain('Connected');
    telnet.type('hello there\n');
    await expect.poll(telnet.printed, eventually).toMatch(/hello there\r?\n/);
    telnet.type('and again\n');
    await expect.poll(telnet.printed, eventually).toMatch(/and again\r?\n/);
    // and the same port goes on with HTTP
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  test('prints what is echoed into its FIFO, from one writer after the other', async (task) => {
    const reason = serverReason ?? toolMissing('mkfifo');
    if (reason !== undefined) task.skip(reason);
    const fifo = join(folder, 'lws-test-raw');
    const { program } = await testServer('-f', fifo);
    expect(statSync(fifo).isFIFO()).toBe(true);
    for (const word of ['hello', 'once', 'more']) {
      execFileSync('sh', ['-c', `echo ${word} > ${fifo}`]);
      await program.until(new RegExp(`raw-test: ${word}`));
    }
    expect(await program.stop()).toBe(0);
    expect(existsSync(fifo)).toBe(false);
  });

  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it, and its FIFO goes with it',
    async (signal, task) => {
      const reason = serverReason ?? toolMissing('mkfifo');
      if (reason !== undefined) task.skip(reason);
      const fifo = join(folder, 'lws-test-raw');
      const { program } = await testServer('-f', fifo);
      expect(existsSync(fifo)).toBe(true);
      expect(await program.stop(signal)).toBe(0);
      expect(existsSync(fifo)).toBe(false);
    },
  );

  test('a request that nc sends is HTTP all the same', async (task) => {
    const reason = serverReason ?? toolMissing('nc');
    if (reason !== undefined) task.skip(reason);
    const { port } = await testServer('-f', 'none');
    const nc = start('nc', '127.0.0.1', String(port));
    nc.type('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await expect.poll(nc.printed, eventually).toContain('HTTP/1.1 200 OK');
  });
});

describe('lws-test-client raw://', () => {
  test('and nc -l: lines with CRLF, both ways', async (task) => {
    const reason = appMissing('test-client') ?? toolMissing('nc');
    if (reason !== undefined) task.skip(reason);
    const port = await freePort();
    const nc = start('nc', '-l', '127.0.0.1', String(port));
    const client = start(process.execPath, appMain('test-client'), `raw://127.0.0.1:${port}`);
    client.type('from the client\r\n');
    await expect.poll(nc.printed, eventually).toBe('from the client\r\n');
    nc.type('from netcat\r\n');
    nc.type('and again\r\n');
    await expect.poll(client.printed, eventually).toBe('from netcat\r\nand again\r\n');
    client.child.kill('SIGTERM');
    expect(await once(client.child, 'exit')).toEqual([0, null]);
  });
});

describe('a program adopts', () => {
  /** A program that uses the built package, and what it printed. */
  function program(source: string): string {
    const file = join(folder, 'program.mjs');
    writeFileSync(
      file,
      `import { createContext, protocol } from ${JSON.stringify(built)};\n${source}`,
    );
    return file;
  }
  const shout = `
    const shout = protocol({
      name: 'shout',
      session: () => ({ text: '' }),
      [process.argv[2]]: {
        rx(wsi, data) { wsi.session.text += Buffer.from(data); wsi.requestWriteable(); },
        writeable(wsi, tx) {
          if (wsi.session.text === '') return;
          tx.write('heard ' + wsi.session.text.trim().toUpperCase() + '.');
          wsi.close();
        },
        close() { void context.close(); },
      },
    });
    const context = await createContext({ port: -1, protocols: [shout] });
    context.vhosts[0].adoptDescriptor(Number(process.argv[3]), 'shout');
  `;

  beforeEach((task) => {
    if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  });

  test('its terminal', async (task) => {
    const reason = toolMissing('script');
    if (reason !== undefined) task.skip(reason);
    const command = `"${process.execPath}" "${program(shout)}" rawFile 0`;
    const terminal = start('script', '-qec', command, '/dev/null');
    terminal.type('hello\n');
    await expect.poll(terminal.printed, eventually).toContain('heard HELLO.');
    expect(await once(terminal.child, 'exit')).toEqual([0, null]);
  });

  test('the pipe that is its input', async () => {
    const child = spawn('sh', [
      '-c',
      `echo hello | "$0" "$1" rawFile 0; echo "code $?"`,
      process.execPath,
      program(shout.replace('tx.write(', 'console.log(')),
    ]);
    closers.push(() => child.kill('SIGKILL'));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child, 'close');
    expect(printed).toBe('heard HELLO.\ncode 0\n');
  });

  test('a connected socket that it inherits, raw and as HTTP', async () => {
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    closers.push(() => listener.close());
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const web = `
      const context = await createContext({ port: -1, mounts: [{ mountpoint: '/', origin: '>http://elsewhere.test' }] });
      context.vhosts[0].adoptSocket(3, { readbuf: Buffer.from('GET /x HT') });
      setInterval(() => { if (context.counters.wsi_alive === 0) process.exit(0); }, 20);
    `;
    for (const [source, group, says, expected] of [
      [shout, 'raw', 'hello', /^heard HELLO\.$/],
      [web, '', 'TP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /elsewhere\.test\//],
    ] as const) {
      const client = start('nc', '127.0.0.1', String(port));
      const [socket] = (await once(listener, 'connection')) as [Socket];
      const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
      const child: ChildProcess = spawn(process.execPath, [program(source), group, '3'], {
        stdio: ['ignore', 'inherit', 'inherit', fd],
      });
      const ended = once(child, 'exit');
      // from here on the child alone has it
      socket.destroy();
      client.type(says);
      await expect.poll(client.printed, eventually).toMatch(expected);
      client.child.kill('SIGKILL');
      expect(await ended).toEqual([0, null]);
    }
  });
});
