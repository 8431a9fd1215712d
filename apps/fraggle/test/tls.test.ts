/** `-s` of both sides: rounds over TLS, and no common word with a side that has none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventsOf, fraggle, runClient, startServer } from './command.ts';

let folder: string;
let cache: string | undefined;
let mask: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fraggle-tls-'));
  cache = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  mask = setLogLevel();
});
afterEach(() => {
  setLogLevel(mask);
  if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cache;
  rmSync(folder, { recursive: true, force: true });
});

test.each([[[]], [['--deflate', '--both']]])('both with -s %j', async (more) => {
  const { server, port } = await startServer('-s', '-n', '3', ...more);
  const client = await runClient(port, '-s', '-n', '3', ...more);
  expect(await client.code).toBe(0);
  expect(eventsOf(client, 'end')).toMatchObject([{ rounds: 3, errors: 0 }]);
  expect(await server.end()).toBe(0);
});

test.each([
  ['the server alone', ['-s'], []],
  ['the client alone', [], ['-s']],
])('%s has it', async (_name, ofServer, ofClient) => {
  const { server, port } = await startServer(...ofServer);
  const client = await runClient(port, ...ofClient);
  expect(await client.code).toBe(1);
  expect(client.stderr).toMatch(/LWS_ERR_(CONNECT_CLOSED|TRANSPORT_RESET|TLS_HANDSHAKE)/);
  await server.end();
});

test('a server says that it has it', async () => {
  const server = fraggle('-p', '0', '-i', '127.0.0.1', '-s');
  await server.printed(/seed \d+, over TLS$/m);
  expect(await server.end()).toBe(0);
});
