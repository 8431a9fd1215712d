/** Our test client against our test server, with a page in a browser, and against libwebsockets' own server. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Chromium, chromiumMissing } from './chromium.ts';
import { appMissing, freePort, Program } from './program.ts';
import { ServerProcess, serverMissing } from './server-process.ts';
import { picture, untilReady } from './test-page.ts';

vi.setConfig({ testTimeout: 60_000 });

/** For what takes as long as a busy machine makes it. */
const eventually = { timeout: 20_000 };
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function client(...args: readonly string[]): Program {
  const program = Program.app('test-client', ...args);
  closers.push(() => program.stop());
  return program;
}

const numbers = ({ printed }: Program): number[] =>
  [...printed.matchAll(/^dumb: (\d+)$/gm)].map(([, value]) => Number(value));

/** A member of the mirror at `url` that keeps what it hears. */
async function joinMirror(url: string): Promise<{ peer: WebSocket; heard: () => string }> {
  const peer = new WebSocket(url, 'lws-mirror-protocol');
  let heard = '';
  peer.on('message', (data) => {
    heard += String(data);
  });
  await once(peer, 'open');
  closers.push(async () => peer.terminate());
  return { peer, heard: () => heard };
}

const circles = (text: string): number => text.match(/c #[0-9A-F]{6} \d+ \d+ \d+;/g)?.length ?? 0;

/** Lets a client count from 0 to 40 and draw 200 circles; gives its numbers and all it printed. */
async function countAndDraw(url: string): Promise<{ got: number[]; printed: string }> {
  const mirror = await joinMirror(url);
  const program = client(url);
  await program.until(/^dumb: 40$/m);
  while (circles(mirror.heard()) < 200) await new Promise((resolve) => setTimeout(resolve, 20));
  return { got: numbers(program), printed: program.printed };
}

describe('against our test server', () => {
  const reason = appMissing('test-client') ?? serverMissing();
  let server: ServerProcess;
  let url: string;

  beforeEach(async (ctx) => {
    if (reason !== undefined) ctx.skip(reason);
    server = await ServerProcess.start();
    closers.push(() => server.stop());
    url = server.url.replace('http', 'ws');
  });

  test('counts and draws', async () => {
    const { got, printed } = await countAndDraw(url);
    expect(got).toEqual(got.map((_, at) => at));
    expect(printed).not.toContain('closed');
  });

  test('a circle reaches the drawing of a page', async (ctx) => {
    const why = chromiumMissing();
    if (why !== undefined) ctx.skip(why);
    const browser = await Chromium.launch();
    closers.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${server.url}/`);
    await untilReady(page);
    const bare = await picture(page);
    const mirror = await joinMirror(url);
    client('-j', url);
    await expect.poll(() => circles(mirror.heard()), eventually).toBeGreaterThan(20);
    await expect.poll(async () => (await picture(page)).ink, eventually).toBeGreaterThan(bare.ink);
    expect(browser.takeComplaints()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it in order', async (signal) => {
    const program = client(url);
    await expect.poll(() => numbers(program).length, eventually).toBeGreaterThan(2);
    expect(await program.stop(signal)).toBe(0);
    expect(program.printed).toMatch(/^dumb: closed with 1001/m);
  });

  test('it waits for a server that is gone, and goes on with the one that comes', async () => {
    const delays = Array.from({ length: 40 }, () => 200).join();
    const program = client('--retry-ms', delays, url);
    await expect.poll(() => numbers(program).length, eventually).toBeGreaterThan(2);
    const { port } = server;
    await server.stop();
    await expect.poll(() => program.printed, eventually).toContain('LWS_ERR_CONNECT: ');
    const before = numbers(program).length;
    const next = await ServerProcess.start(port);
    closers.push(() => next.stop());
    await expect.poll(() => numbers(program).length, eventually).toBeGreaterThan(before + 5);
    expect(await program.stop()).toBe(0);
  });
});

describe("against libwebsockets' own test server", () => {
  const lwsServer = '/usr/bin/libwebsockets-test-server';
  const reason =
    (existsSync(lwsServer)
      ? undefined
      : `${lwsServer} of Debian's libwebsockets-test-server is not there`) ??
    appMissing('test-client');
  let url: string;

  beforeEach(async (ctx) => {
    if (reason !== undefined) ctx.skip(reason);
    const port = await freePort();
    const server = new Program(lwsServer, `--port=${port}`, '--interface=lo', '-d', '15');
    closers.push(() => server.stop('SIGKILL'));
    await server.until(/OPERATIONAL/);
    url = `ws://127.0.0.1:${port}/`;
  });

  test('prints its page, and what it says of a form', async () => {
    const page = client(url.replace('ws:', 'http:'));
    expect(await page.end()).toBe(0);
    expect(page.printed).toMatch(
      /http: answered with 200\n[\s\S]*<\/html>\s*http: complete, \d+ bytes\n$/i,
    );
    const form = client('-o', `${url.replace('ws:', 'http:')}formtest`);
    expect(await form.end()).toBe(0);
    expect(form.printed).toContain('hello');
  });

  test('counts and draws', async () => {
    const { got, printed } = await countAndDraw(url);
    expect(got).toEqual(got.map((_, at) => at));
    expect(printed).not.toContain('closed');
  });

  test('takes what others draw on its mirror', async () => {
    const program = client('-j', '--json', url);
    const { peer, heard } = await joinMirror(url);
    await expect.poll(() => circles(heard()), eventually).toBeGreaterThan(5);
    const drawing = setInterval(() => peer.send('d #123456 1 2 3 4;'), 5);
    await expect.poll(() => circles(heard()), eventually).toBeGreaterThan(500);
    clearInterval(drawing);
    // a member that did not read would have been cut
    expect(program.printed).not.toContain('closed');
  });
});
