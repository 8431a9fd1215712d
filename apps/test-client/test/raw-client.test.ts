/** `raw://`: what arrives is printed, what is typed is sent. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { CommandRun } from '@lws-ts/test-kit';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runTestClient } from '../src/run-test-client.ts';

const servers: Server[] = [];
const runs: CommandRun[] = [];
let mask: number;

beforeEach(() => {
  mask = setLogLevel();
});
afterEach(async () => {
  for (const run of runs.splice(0)) await run.end();
  for (const server of servers.splice(0)) server.close();
  setLogLevel(mask);
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Starts it with what is typed there. */
function client(input: object | undefined, ...args: readonly string[]): CommandRun {
  const command = (given: readonly string[], io: CommandRun): Promise<number> =>
    runTestClient(
      given,
      Object.assign(Object.create(io) as CommandRun, input === undefined ? {} : { input }, {
        out: (text: string) => io.out(text),
        err: (text: string) => io.err(text),
        ended: () => io.ended(),
      }),
    );
  const run = new CommandRun(command, args);
  runs.push(run);
  return run;
}

test('prints lines as they are, and ends with the server', async () => {
  const port = await listen((socket) => socket.end('one\r\ntwo\r\ngrüße'));
  const run = client(undefined, `raw://127.0.0.1:${port}`);
  expect(await run.code).toBe(0);
  expect([run.stdout, run.stderr]).toEqual(['one\r\ntwo\r\ngrüße', '']);
});

test('sends what is typed, and FIN behind its end; the answer is still printed', async () => {
  let heard = '';
  const port = await listen((socket) => {
    socket.on('data', (bytes) => {
      heard += String(bytes);
    });
    socket.on('end', () => socket.end(`you said ${heard}`));
  });
  const typed = new PassThrough();
  const run = client(typed, `raw://127.0.0.1:${port}`);
  typed.write('a line\r\n');
  await expect.poll(() => heard).toBe('a line\r\n');
  typed.end('x'.repeat(300_000));
  expect(await run.code).toBe(0);
  expect(run.stdout).toBe(`you said a line\r\n${'x'.repeat(300_000)}`);
});

test('--json is an object for each piece', async () => {
  const port = await listen((socket) => socket.end('hello\r\n'));
  const run = client(undefined, '--json', `raw://127.0.0.1:${port}`);
  expect(await run.code).toBe(0);
  expect(run.events).toEqual([{ event: 'text', text: 'hello\r\n' }]);
});

test('a server that is not there ends it with 1, after the attempts it was given', async () => {
  const port = await listen(() => undefined);
  servers.pop()?.close();
  const run = client(undefined, '--retry-ms', '10,20', `raw://127.0.0.1:${port}`);
  expect(await run.code).toBe(1);
  expect(run.stdout).toBe('');
  const line = 'lws-test-client: raw: LWS_ERR_CONNECT: .*';
  const again = `${line}; again in 0\\.0 s\\n`;
  expect(run.stderr).toMatch(new RegExp(`^${again}${again}${line}; gives up\\n$`));
});

test('--json has an object for each failure too', async () => {
  const port = await listen(() => undefined);
  servers.pop()?.close();
  const run = client(undefined, '--json', '--retry-ms', '10', `raw://127.0.0.1:${port}`);
  expect(await run.code).toBe(1);
  const again = { event: 'error', connection: 'raw', code: 'LWS_ERR_CONNECT' };
  expect(run.events).toMatchObject([{ ...again, retryMs: expect.any(Number) }, again]);
});

test('is ended while it waits to try again', async () => {
  const port = await listen(() => undefined);
  servers.pop()?.close();
  const run = client(undefined, '--retry-ms', '60000', `raw://127.0.0.1:${port}`);
  await run.printed(/; again in \d+\.\d s$/m);
  expect(await run.end()).toBe(0);
});

test('a server that comes later is found', async () => {
  const port = await listen(() => undefined);
  servers.pop()?.close();
  const run = client(undefined, '--retry-ms', '50,50,50,50,50,50', `raw://127.0.0.1:${port}`);
  await run.printed(/; again in/);
  const server = createServer((socket) => socket.end('here')).listen(port, '127.0.0.1');
  servers.push(server);
  expect([await run.code, run.stdout]).toEqual([0, 'here']);
});

test('is ended in order', async () => {
  let ended = false;
  const port = await listen((socket) => {
    socket.write('hello');
    socket.on('end', () => {
      ended = true;
      socket.end();
    });
    socket.resume();
  });
  const run = client(new PassThrough(), `raw://127.0.0.1:${port}`);
  await run.printed(/hello/);
  expect(await run.end()).toBe(0);
  expect(ended).toBe(true);
});
