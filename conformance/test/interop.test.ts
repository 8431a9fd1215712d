/** Our server with clients of others and our client with servers of others, with permessage-deflate where they have it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { echo } from '@lws-ts/protocols/echo';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { WebSocket as UndiciWebSocket } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const closers: (() => unknown)[] = [];
beforeEach(() => void setLogLevel(undefined, () => {}));
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  setLogLevel(undefined, null);
});

const said = ['', 'hello', 'ü€😀'.repeat(500), 'x'.repeat(150_000), 'last'];
const python = '/usr/bin/python3';
const hasPython = spawnSync(python, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0;

async function serve(): Promise<string> {
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [
      {
        port: 0,
        interface: '127.0.0.1',
        protocols: [echo.with({ default: true })],
        extensions: [permessageDeflate({ threshold: 0 })],
      },
    ],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return `ws://127.0.0.1:${context.vhosts[0]?.port}/`;
}

/** Runs a Python program, which gets `said` as JSON on its standard input, to its end, or until `ready` matched what it printed. */
async function runPython(
  program: string,
  ready?: RegExp,
): Promise<{ out: string; child: ChildProcess }> {
  const child = spawn(python, ['-u', '-c', program], { stdio: 'pipe' });
  closers.push(() => child.kill('SIGKILL'));
  // a server reads none of it, and is killed
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(said));
  let out = '';
  let errors = '';
  child.stdout.on('data', (bytes) => {
    out += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    errors += String(bytes);
  });
  const exit = once(child, 'exit');
  while (ready === undefined || !ready.test(out)) {
    const ended = await Promise.race([exit, once(child.stdout, 'data').then(() => undefined)]);
    if (ended === undefined) continue;
    if (ended[0] !== 0) throw new Error(errors);
    break;
  }
  return { out, child };
}

test("undici's WebSocket talks to our server", async () => {
  const socket = new UndiciWebSocket(await serve(), ['echo']);
  const heard: unknown[] = [];
  const done = new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('undici gave up')));
    socket.addEventListener('message', ({ data }) => {
      heard.push(data);
      if (heard.length === said.length) resolve();
    });
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  for (const message of said) socket.send(message);
  await done;
  expect(heard).toEqual(said);
  expect([socket.protocol, socket.extensions]).toEqual([
    'echo',
    expect.stringContaining('permessage-deflate'),
  ]);
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve(code)),
  );
  socket.close(1000, 'bye');
  expect(await closed).toBe(1000);
});

describe.skipIf(!hasPython)('websockets of Python (Debian package python3-websockets)', () => {
  test('its client talks to our server', async () => {
    const url = await serve();
    const { out } = await runPython(`
import asyncio, json, sys, websockets
said = json.load(sys.stdin)
async def main():
    async with websockets.connect("${url}", subprotocols=["echo"]) as socket:
        for message in said: await socket.send(message)
        heard = [await socket.recv() for _ in said]
        await socket.send(b"\\x00\\x01" * 50000)
        bytes_heard = await socket.recv()
        print(heard == said, bytes_heard == b"\\x00\\x01" * 50000, socket.subprotocol, len(socket.extensions))
asyncio.run(main())
`);
    expect(out.trim()).toBe('True True echo 1');
  });

  test('our client talks to its server', async () => {
    const { out } = await runPython(
      `
import asyncio, websockets
async def echo(socket, path=None):
    async for message in socket: await socket.send(message)
async def main():
    server = await websockets.serve(echo, "127.0.0.1", 0, subprotocols=["client"])
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()
asyncio.run(main())
`,
      /\d+\n/,
    );
    const heard: unknown[] = [];
    const waiting: string[] = [...said];
    let extensions: string | undefined;
    let done: (code: number) => void = () => undefined;
    const closed = new Promise<number>((resolve) => {
      done = resolve;
    });
    const client = protocol({
      name: 'client',
      client: {
        established(wsi) {
          extensions = wsi.header('sec-websocket-extensions');
          wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          const next = waiting.shift();
          if (next === undefined) return;
          tx.text(next);
          wsi.requestWriteable();
        },
        message(wsi, data) {
          heard.push(data);
          if (heard.length === said.length) wsi.close(1000, 'bye');
        },
        closed: (_wsi, code) => done(code),
      },
    });
    const context: Context = (await createContext({
      use: [http(), ws()],
      vhosts: [
        { port: -1, protocols: [client], extensions: [permessageDeflate({ threshold: 0 })] },
      ],
    })) as Context;
    closers.push(() => context.close({ deadlineSecs: 0 }));
    await context.open({ url: `ws://127.0.0.1:${Number(out)}/`, protocols: 'client' });
    expect(await closed).toBe(1000);
    expect(heard).toEqual(said);
    expect(extensions).toContain('permessage-deflate');
  });
});
