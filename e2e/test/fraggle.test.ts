/** lws-fraggle as a user starts it: our two sides, and each of them with the other of libwebsockets' own. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { appMissing, freePort, Program } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

/** LWS_FRAGGLE names another one: Debian's package has it no longer. */
const lwsFraggle = process.env['LWS_FRAGGLE'] ?? '/usr/bin/libwebsockets-test-fraggle';
const eventually = { timeout: 20_000 };
const closers: (() => Promise<unknown>)[] = [];
const ours = appMissing('fraggle');

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function start(program: Program): Program {
  closers.push(() => program.stop('SIGKILL'));
  return program;
}

async function startServer(...args: readonly string[]): Promise<{ server: Program; port: string }> {
  const server = start(Program.app('fraggle', '-p', '0', '-i', '127.0.0.1', ...args));
  const [, port = ''] = await server.until(/on port (\d+)/);
  return { server, port };
}

const right = ({ printed }: Program): number =>
  printed.match(/^EOM received \d+ correctly from \d+ fragments$/gm)?.length ?? 0;

describe('both sides ours', () => {
  beforeEach((ctx) => {
    if (ours !== undefined) ctx.skip(ours);
  });

  test('100 rounds each way', async () => {
    const { server, port } = await startServer('--both');
    const client = start(
      Program.app('fraggle', '-c', '127.0.0.1', '-p', port, '-n', '100', '--both'),
    );
    expect(await client.end()).toBe(0);
    expect(right(client)).toBe(100);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(right(server)).toBe(100);
  });

  test('a client whose rounds the server counts ends with 0', async () => {
    const { port } = await startServer('-n', '2');
    const client = start(Program.app('fraggle', '-c', '127.0.0.1', '-p', port));
    expect(await client.end()).toBe(0);
    expect(right(client)).toBe(2);
    expect(client.printed).toContain('2 rounds, 0 errors');
  });

  test('a client that nobody answers ends with 1', async () => {
    const port = String(await freePort());
    const client = start(Program.app('fraggle', '-c', '127.0.0.1', '-p', port));
    expect(await client.end()).toBe(1);
    expect(client.printed).toContain('LWS_ERR_CONNECT: ');
  });
});

describe("one side libwebsockets' own", () => {
  const reason = existsSync(lwsFraggle)
    ? ours
    : `${lwsFraggle} is not there: newer packages of libwebsockets leave it out`;

  beforeEach((ctx) => {
    if (reason !== undefined) ctx.skip(reason);
  });

  test('its client, our server', async () => {
    const { port } = await startServer();
    const client = start(new Program(lwsFraggle, '-c', '-p', port, '127.0.0.1'));
    await expect.poll(() => right(client), eventually).toBeGreaterThan(20);
    expect(client.printed).not.toContain('ERROR');
  });

  test('our client, its server', async () => {
    const port = String(await freePort());
    const server = start(new Program(lwsFraggle, '-p', port, '-i', 'lo', '-d', '15'));
    await server.until(/OPERATIONAL/);
    const client = start(Program.app('fraggle', '-c', '127.0.0.1', '-p', port, '-n', '20'));
    expect(await client.end()).toBe(0);
    expect(right(client)).toBe(20);
  });
});
