/** Libwebsockets' own test client, as Debian packages it, against the test server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ServerProcess, serverMissing } from './server-process.ts';

const program = '/usr/bin/libwebsockets-test-client';
/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 10_000 };
/** A member of a mirror that does not read is cut after 3 s. */
const slowMemberMs = 3000;

const reason =
  (existsSync(program)
    ? undefined
    : `${program} of Debian's libwebsockets-test-server is not there`) ?? serverMissing();
let server: ServerProcess;
let child: ChildProcess | undefined;

beforeAll(async () => {
  if (reason === undefined) server = await ServerProcess.start();
}, 30_000);

afterAll(async () => {
  if (reason === undefined) await server.stop();
});

beforeEach((ctx) => {
  if (reason !== undefined) ctx.skip(reason);
});

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
});

/** Starts it; the result gives what it has printed so far. */
function startClient(...options: string[]): () => string {
  const args = ['127.0.0.1', `--port=${server.port}`, ...options];
  const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [started.stdout, started.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  child = started;
  return () => printed;
}

test('gets increments in order', async () => {
  const printed = startClient('-n', '-d', '15');
  const numbers = (): number[] =>
    [...printed().matchAll(/ rx \d+ '(\d+)'/g)].map((found) => Number(found[1]));
  await expect.poll(() => numbers().length, eventually).toBeGreaterThanOrEqual(40);
  const got = numbers();
  expect(got).toEqual(got.map((_, at) => (got[0] ?? 0) + at));
});

test('draws on the mirror for others, and takes what they draw', async () => {
  const peer = new WebSocket(server.url.replace('http', 'ws'), 'lws-mirror-protocol');
  await once(peer, 'open');
  let received = '';
  peer.on('message', (data) => {
    received += String(data);
  });
  const printed = startClient('-d', '7');
  const begun = performance.now();
  const circles = (): number => received.match(/c #[0-9A-F]{6,8} \d+ \d+ \d+;/g)?.length ?? 0;
  await expect.poll(circles, eventually).toBeGreaterThan(500);
  const drawing = setInterval(() => peer.send('d #123456 1 2 3 4;'), 20);
  const sendsUntil = begun + slowMemberMs + 1000 - performance.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, sendsUntil)));
  clearInterval(drawing);
  expect(received).toContain('d #123456 1 2 3 4;');
  expect(printed()).toContain('mirror: LWS_CALLBACK_CLIENT_ESTABLISHED');
  // It would have been cut by now, had it not read all of that. It leaves by itself after some 20,000 drawings, and then
  // says that none were left; whoever is cut has some left.
  expect(printed()).not.toMatch(/mirror: LWS_CALLBACK_CLOSED mirror_lifetime=(?!0,)/);
  peer.close();
});
