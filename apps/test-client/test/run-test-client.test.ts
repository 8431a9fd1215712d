import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { CommandRun } from '@lws-ts/test-kit';
import { createContext, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { helpText } from '../src/cli-options.ts';
import { runTestClient } from '../src/run-test-client.ts';
import { connections, startServer } from './server.ts';

const closers: (() => unknown)[] = [];
let mask: number;
let server: LwsContext;
let port: number;
let url: string;

beforeEach(async () => {
  mask = setLogLevel();
  ({ context: server, port } = await startServer());
  url = `ws://127.0.0.1:${port}/`;
});
afterEach(async () => {
  setLogLevel(mask);
  for (const close of closers.splice(0)) await close();
  await server.close({ deadlineSecs: 0 });
});

function run(...args: readonly string[]): CommandRun {
  const command = new CommandRun(runTestClient, args);
  closers.push(() => command.end());
  return command;
}

/** A member of the mirror that keeps what it hears. */
async function joinMirror(): Promise<{ heard: string[] }> {
  const heard: string[] = [];
  const member = protocol({
    name: 'lws-mirror-protocol',
    client: { message: (_wsi, data) => void heard.push(String(data)) },
  });
  const context = await createContext({ vhosts: [{ name: 'm', port: -1, protocols: [member] }] });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  await context.open({ url, protocols: member.name });
  return { heard };
}

const circle = /^c #[0-9A-F]{6} \d+ \d+ \d+;$/;

describe('lws-test-client', () => {
  test('prints the numbers in order, and draws circles that others see', async () => {
    const { heard } = await joinMirror();
    const client = run(url);
    await client.printed(/^dumb: 4$/m);
    while (heard.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await client.end()).toBe(0);
    expect(client.stdout).toContain('dumb: 0\ndumb: 1\n'.slice(0, 8));
    const numbers = [...client.stdout.matchAll(/^dumb: (\d+)$/gm)].map(([, value]) =>
      Number(value),
    );
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(heard.filter((line) => !circle.test(line))).toEqual([]);
    expect(client.stdout).toMatch(/^mirror: opened with a lifetime of \d+ circles$/m);
    expect(client.stdout).toMatch(/^dumb: closed with \d+/m);
    expect(client.stderr).toBe('');
  });

  test('-n: the mirror is opened and draws nothing', async () => {
    const { heard } = await joinMirror();
    const client = run('-n', url);
    await client.printed(/^mirror: established/m);
    await client.printed(/^dumb: 4$/m);
    expect(heard).toEqual([]);
    expect(client.stdout).not.toContain('lifetime');
  });

  test('-j: the mirror alone, without end', async () => {
    const { heard } = await joinMirror();
    const client = run('-j', url);
    while (heard.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(connections(server)).toBe(2);
    expect(client.stdout).not.toContain('dumb');
    expect(client.stdout).not.toContain('lifetime');
  });

  test('-l: a lifetime of 500000 circles more', async () => {
    const found = await run('-l', url).printed(/lifetime of (\d+) circles/);
    expect(Number(found[1])).toBeGreaterThanOrEqual(516_384);
  });

  test('-m: three counters and no mirror', async () => {
    const client = run('-m', url);
    for (const at of [0, 1, 2]) await client.printed(new RegExp(`^dumb ${at}: 2$`, 'm'));
    expect(connections(server)).toBe(3);
    expect(client.stdout).not.toContain('mirror');
  });

  test('a password is printed nowhere', async () => {
    const client = run(url.replace('ws://', 'ws://me:secret@'));
    await client.printed(/^dumb: connecting to ws:\/\/me:\*\*\*@/m);
    await client.end();
    expect(client.stdout + client.stderr).not.toContain('secret');
  });

  test('-p: the port of a URL that names none', async () => {
    const client = run('-p', String(port), '127.0.0.1');
    await client.printed(/^dumb: 0$/m);
    expect(client.stdout).toContain(`dumb: connecting to ws://127.0.0.1:${port}/\n`);
  });

  test.each([
    [[], / with permessage-deflate\b/],
    [['-u'], /^$/],
  ])('%j: permessage-deflate is offered, or not', async (args, expected) => {
    const [, extension] = await run(...args, url).printed(/^dumb: established(.*)$/m);
    expect(extension).toMatch(expected);
  });

  test('-P pings a server that is silent, and leaves one that does not answer', async () => {
    const silent = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
    await once(silent, 'listening');
    let pings = 0;
    silent.once('connection', (socket) => socket.on('ping', () => pings++));
    const { port: silentPort } = silent.address() as AddressInfo;
    const client = run('-P', '1', '--retry-ms', 'none', '-j', `ws://127.0.0.1:${silentPort}/`);
    await client.printed(/^mirror: closed/m);
    // one for each time of silence: a client that was about to write when it looked begins a new one
    await vi.waitFor(() => expect(pings).toBeGreaterThan(0));
    silent.close();
  });

  test('--json prints an object a line', async () => {
    const client = run('--json', url);
    await client.printed(/"value":"2"/);
    await client.end();
    const events = client.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toEqual({ event: 'connecting', connection: 'dumb', url });
    expect(new Set(events.map(({ event }) => event))).toEqual(
      new Set(['connecting', 'established', 'lifetime', 'number', 'closed']),
    );
  });

  test('-d sets the log levels', async () => {
    run('-d', '9', url);
    expect(setLogLevel()).toBe(9);
  });

  test.each([
    [['-d', 'loud', 'ws://h'], 'LWS_ERR_LOG_LEVEL'],
    [['-v', '8', 'ws://h'], '--version is "8"'],
  ])('%j is a wrong command line: 2', async (args, why) => {
    const command = run(...args);
    expect(await command.code).toBe(2);
    expect(command.stdout).toBe('');
    expect(command.stderr).toContain(why);
    expect(command.stderr).toMatch(/^[^\n]* \(.+\)\n$/);
  });

  test('--help', async () => {
    const help = run('--help');
    expect([await help.code, help.stdout]).toEqual([0, helpText]);
  });
});

describe('connecting again', () => {
  test('nobody listens there: a line with code and hint for each failure, then it gives up: 1', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const client = run('-j', '--retry-ms', '10,20', `ws://127.0.0.1:${address.port}/`);
    expect(await client.code).toBe(1);
    const lines = client.stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines)
      expect(line).toMatch(/^lws-test-client: mirror: LWS_ERR_CONNECT: .*ECONNREFUSED.* \(.+\); /);
    expect(lines.map((line) => /; (again in|gives up)/.exec(line)?.[1])).toEqual([
      'again in',
      'again in',
      'gives up',
    ]);
  });

  test('--retry-ms none: gives up at the first failure', async () => {
    await server.close({ deadlineSecs: 0 });
    const client = run('-j', '--retry-ms', 'none', '--json', url);
    expect(await client.code).toBe(1);
    expect(client.stderr.trimEnd().split('\n')).toHaveLength(1);
    const error = client.stdout.split('\n').find((line) => line.includes('"error"')) ?? '';
    expect(JSON.parse(error)).toMatchObject({ connection: 'mirror', code: 'LWS_ERR_CONNECT' });
  });

  test.each([
    ['a server without the protocols', 'LWS_ERR_WS_CLIENT_STATUS'],
    ['a name that is not there', 'LWS_ERR_CONNECT_DNS'],
  ])('%s: %s', async (what, code) => {
    const other = await createContext({ port: 0, interface: '127.0.0.1' });
    closers.push(() => other.close({ deadlineSecs: 0 }));
    const host = what.startsWith('a name') ? 'no-such-host.invalid' : '127.0.0.1';
    const client = run('--retry-ms', 'none', `ws://${host}:${other.vhosts[0]?.port}/`);
    expect(await client.code).toBe(1);
    expect(client.stderr).toContain(`: ${code}: `);
  });

  test('a server that goes and comes back is found again', async () => {
    const client = run('--retry-ms', '50,50,50,50,50,50,50,50,50,50', url);
    await client.printed(/^dumb: 2$/m);
    await server.close({ deadlineSecs: 1 });
    await client.printed(/^dumb: closed with 1001 going away; again in/m);
    await client.printed(/LWS_ERR_CONNECT: /);
    ({ context: server } = await startServer(port));
    await client.printed(/^dumb: established[\s\S]*^dumb: established[\s\S]*^dumb: 1$/m);
    expect(await client.end()).toBe(0);
  });
});
