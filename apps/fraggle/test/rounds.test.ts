import type { CommandRun } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { eventsOf, runClient, startServer } from './command.ts';
import { CuttingProxy, type Damage } from './cutting-proxy.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
/** Each fragment of a compressed message is deflated by itself, which takes fifty times as long. */
const deflatedRounds = 40 * depth;
const timeout = 120_000 * depth;
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startBoth(damage: Damage, ...args: readonly string[]) {
  const { server, port } = await startServer('--seed', '1', ...args);
  const proxy = await CuttingProxy.start(port, 42, damage);
  closers.push(
    () => proxy.close(),
    () => server.end(),
  );
  return { server, proxy };
}

const sums = (command: CommandRun, event: string): unknown[] =>
  eventsOf(command, event).map(({ bytes, sum }) => [bytes, sum]);

/** RSV1 of the first frame in each direction: the message was compressed (RFC 7692 §6). */
const compressed = ({ firstBytes }: CuttingProxy): boolean[] =>
  firstBytes.map((byte) => (byte & 0x70) === 0x40);

describe.each([
  ['plain', 1000, [], false],
  ['with --deflate', deflatedRounds, ['--deflate'], true],
] as const)('over TCP cut at random bytes, %s', (_name, rounds, deflate, isCompressed) => {
  test(`${rounds} rounds from the server`, { timeout }, async () => {
    const { server, proxy } = await startBoth({}, '-n', String(rounds), ...deflate);
    const client = await runClient(proxy.port, '-n', String(rounds), ...deflate);
    expect([await client.code, client.stderr]).toEqual([0, '']);
    expect(eventsOf(client, 'end')).toMatchObject([{ rounds, errors: 0, closeCode: 1000 }]);
    expect(proxy.pieces).toBeGreaterThan(rounds);
    expect(sums(client, 'received')).toEqual(sums(server, 'sent'));
    expect(compressed(proxy)[0]).toBe(isCompressed);
    expect(await server.end()).toBe(0);
  });

  test(`${rounds} rounds each way`, { timeout }, async () => {
    const { server, proxy } = await startBoth({}, '--both', ...deflate);
    const args = ['-n', String(rounds), '--both', '--seed', '2', ...deflate];
    const client = await runClient(proxy.port, ...args);
    expect([await client.code, client.stderr]).toEqual([0, '']);
    expect(eventsOf(client, 'end')).toMatchObject([{ rounds, sent: rounds, errors: 0 }]);
    expect(await server.end()).toBe(0);
    expect(sums(server, 'received')).toEqual(sums(client, 'sent'));
    expect(sums(client, 'received')).toEqual(sums(server, 'sent').slice(0, rounds));
    expect(compressed(proxy)).toEqual([isCompressed, isCompressed]);
    expect(sums(client, 'sent')).not.toEqual(sums(client, 'received'));
  });
});

describe('with one byte flipped on the way', () => {
  const error =
    /^\*{4} ERROR at EOM: length \d+, rx sum = 0x([0-9A-F]+), (\w+) says it sent 0x([0-9A-F]+)$/m;

  test('to the client: its error line, and 1', async () => {
    // a header of a server's frame is 2 or 4 bytes long: this is payload
    const { server, proxy } = await startBoth({ toClient: 5 });
    const client = await runClient(proxy.port, '-n', '3');
    const [, received, who, told] = error.exec(client.stderr) ?? [];
    expect(who).toBe('server');
    expect(Math.abs(Number(`0x${received}`) - Number(`0x${told}`))).toBe(1);
    expect(client.stderr).toContain('1 of 3 sums were wrong');
    expect(await client.code).toBe(1);
    expect(eventsOf(client, 'received').map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(await server.end()).toBe(0);
  });

  test('of a compressed message: an error, and 1', { timeout }, async () => {
    const { proxy } = await startBoth({ toClient: 200 }, '--deflate');
    const client = await runClient(proxy.port, '-n', '3', '--deflate');
    expect(await client.code).toBe(1);
    expect(client.stderr).toMatch(/ERROR at EOM|ended with close code 1006 after 0 of 3 rounds/);
  });

  test('to the server: its error line, and 1', async () => {
    const { server, proxy } = await startBoth({ toServer: 9 }, '--both');
    const client = await runClient(proxy.port, '-n', '3', '--both', '--seed', '2');
    expect(await client.code).toBe(0);
    expect(error.exec(server.stderr)?.[2]).toBe('client');
    expect(await server.end()).toBe(1);
  });

  test('in a frame header: the connection ends too early, and 1', async () => {
    const { proxy } = await startBoth({ toClient: 0 });
    const client = await runClient(proxy.port, '-n', '3');
    expect(client.stderr).toMatch(/ended with close code 1006 after 0 of 3 rounds/);
    expect(await client.code).toBe(1);
  });
});
