import { once } from 'node:events';
import { createServer } from 'node:net';
import type { CommandRun } from '@lws-ts/test-kit';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { helpText } from '../src/cli-options.ts';
import { eventsOf, fraggle, runClient, startServer } from './command.ts';

let mask: number;
beforeEach(() => {
  mask = setLogLevel();
});
afterEach(() => void setLogLevel(mask));

describe('lws-fraggle', () => {
  test('a server and a client print the lines of the original', async () => {
    const server = fraggle('-p', '0', '-i', '127.0.0.1', '--seed', '5');
    await server.printed(/./);
    const port = /port (\d+), seed 5$/m.exec(server.stdout)?.[1] ?? '';
    const client = fraggle('-c', '127.0.0.1', '-p', port, '-n', '2');
    expect(await client.code).toBe(0);
    expect(client.stdout).toMatch(/^connecting to 127\.0\.0\.1:\d+\nclient connects to server$/m);
    expect(client.stdout.match(/^EOM received \d+ correctly from \d+ fragments$/gm)).toHaveLength(
      2,
    );
    expect(client.stdout).toMatch(/^2 rounds, 0 errors$/m);
    expect(await server.end()).toBe(0);
    expect(server.stdout).toMatch(/^server sees client connect$/m);
    expect(server.stdout).toMatch(/^Spamming \d+ random fragments$/m);
    expect(server.stdout).toMatch(/^Spamming session over, len = \d+\. sum = 0x[0-9A-F]+$/m);
    expect([server.stderr, client.stderr]).toEqual(['', '']);
  });

  test('--json prints an object a line, on both sides', async () => {
    const { server, port } = await startServer();
    const client = await runClient(port, '-n', '1');
    await server.end();
    const names = (command: CommandRun): unknown[] => command.events.map(({ event }) => event);
    expect(names(client)).toEqual(['connecting', 'established', 'received', 'closed', 'end']);
    expect(names(server).slice(0, 4)).toEqual(['listening', 'established', 'sending', 'sent']);
  });

  test('--seed: the same rounds; without one it prints the seed that it chose', async () => {
    const sent = async (...args: readonly string[]) => {
      const { server, port } = await startServer('-n', '2', ...args);
      await runClient(port);
      await server.end();
      const rounds = eventsOf(server, 'sent').map(({ bytes, sum }) => [bytes, sum]);
      return { seed: server.events[0]?.['seed'], rounds };
    };
    const chosen = await sent();
    expect(await sent('--seed', String(chosen.seed))).toEqual(chosen);
    const other = await sent('--seed', String(Number(chosen.seed) === 1 ? 2 : 1));
    expect(other.rounds).not.toEqual(chosen.rounds);
  });

  test('-n of a server ends each connection after so many rounds', async () => {
    const { server, port } = await startServer('-n', '3');
    const clients = [await runClient(port), await runClient(port)];
    expect(clients.map((client) => eventsOf(client, 'end')[0]?.['rounds'])).toEqual([3, 3]);
    expect(await server.end()).toBe(0);
  });

  test('a server that ends before -n of the client did: 1', async () => {
    const { server, port } = await startServer('-n', '2');
    const client = await runClient(port, '-n', '5');
    expect(await client.code).toBe(1);
    expect(client.stderr).toBe(
      'lws-fraggle: the connection ended with close code 1000 after 2 of 5 rounds\n',
    );
    await server.end();
  });

  test('without -n a client goes on until it is told to end: 0', async () => {
    const { server, port } = await startServer();
    const client = fraggle('-c', '127.0.0.1', '-p', String(port), '--json');
    await client.printed(/[\s\S]{2000}/);
    expect(await client.end()).toBe(0);
    expect(await server.end()).toBe(0);
  });

  test('interrupted before -n: 1, and a line', async () => {
    const { server, port } = await startServer();
    const client = fraggle('-c', '127.0.0.1', '-p', String(port), '--json', '-n', '2147483647');
    await client.printed(/"received"/);
    expect(await client.end()).toBe(1);
    expect(client.stderr).toMatch(/^lws-fraggle: told to end after \d+ of 2147483647 rounds\n$/);
    expect(await server.end()).toBe(0);
  });

  test('--both of the server alone: a line on both sides, and 1', { timeout: 20_000 }, async () => {
    const { server, port } = await startServer('--both');
    const client = await runClient(port);
    expect(await client.code).toBe(1);
    expect(client.stderr).toBe(
      'lws-fraggle: the connection ended with close code 1008 (the client sends no rounds, which this server awaits (both)) after 1 rounds\n',
    );
    expect(await server.end()).toBe(1);
    expect(server.stderr).toMatch(/^\*{4} ERROR on connection \d+: the client sends no rounds, /);
    expect(eventsOf(server, 'silent')).toHaveLength(1);
  });

  test('a server that ends says so to its clients: 0', async () => {
    const { server, port } = await startServer();
    const client = fraggle('-c', '127.0.0.1', '-p', String(port), '--json');
    await client.printed(/[\s\S]{2000}/);
    await server.end();
    expect(await client.code).toBe(0);
    expect(eventsOf(client, 'closed')).toMatchObject([{ code: 1001 }]);
  });

  test('-i: where a server listens, and where a client connects from', async () => {
    const nowhere = fraggle('-p', '0', '-i', '192.0.2.77');
    expect(await nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('LWS_ERR_LISTEN');
    const { server, port } = await startServer();
    const client = await runClient(port, '-n', '1', '-i', '192.0.2.77');
    expect(await client.code).toBe(1);
    expect(client.stderr).toContain('LWS_ERR_CONNECT');
    expect(await (await runClient(port, '-n', '1', '-i', '127.0.0.1')).code).toBe(0);
    await server.end();
  });

  test('nobody listens there: one line with a code and a hint, and 1', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const client = await runClient(port);
    expect(await client.code).toBe(1);
    expect(client.stderr).toMatch(/^lws-fraggle: LWS_ERR_CONNECT: .*ECONNREFUSED.* \(.*\)\n$/);
  });

  test('-d sets the log levels', async () => {
    expect(await fraggle('-d', '9', '--version').code).toBe(0);
    expect(setLogLevel()).toBe(9);
  });

  test.each([
    [['-d', 'loud'], 'LWS_ERR_LOG_LEVEL'],
    [['-n', 'x'], '--rounds is "x"'],
  ])('%j is a wrong command line: 2', async (args, why) => {
    const command = fraggle(...args);
    expect(await command.code).toBe(2);
    expect(command.stdout).toBe('');
    expect(command.stderr).toContain(why);
    expect(command.stderr).toMatch(/^[^\n]* \(.+\)\n$/);
  });

  test('--help and --version', async () => {
    const help = fraggle('--help');
    expect([await help.code, help.stdout]).toEqual([0, helpText]);
    const version = fraggle('-v');
    expect(await version.code).toBe(0);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
