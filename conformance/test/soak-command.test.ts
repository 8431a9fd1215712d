/** The soak with 8,000 connections behind a warm-up of as many, times LWS_FUZZ_DEPTH. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('../soak.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const connections = Math.ceil(8000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1));
/** V8 still compiles, which is 4 % or so: this would be 100 bytes that each connection left. */
const mostGrown = 0.08;

interface Report {
  readonly before: { readonly exact: Readonly<Record<string, unknown>>; readonly served: number };
  readonly after: Report['before'];
  readonly grown: number;
}

test.skipIf(!existsSync(built))(
  'descriptors, handles, entries, tables and output are at the baseline; it takes a build',
  async () => {
    const counts = ['--connections', String(connections), '--warm-up', String(connections)];
    const args = [command, ...counts, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await new Promise((resolve) => child.once('close', resolve));
    const { before, after, grown } = JSON.parse(out) as Report;
    expect(after.exact).toEqual(before.exact);
    expect(after.exact).toMatchObject({
      connections: 0,
      entries: 0,
      tables: 0,
      keptOutput: 0,
      unhandled: 0,
      threw: 0,
    });
    expect(after.served - before.served).toBeGreaterThanOrEqual(connections / 2);
    expect(grown).toBeLessThan(mostGrown);
  },
  600_000,
);

test.each([
  [['--help'], 0, 'stdout', 'Usage: soak'],
  [['--x'], 2, 'stderr', 'Usage: soak'],
  [['--connections', '0'], 2, 'stderr', '--connections 0: a number above 0'],
] as const)('%j ends with %i, without a server', (args, code, where, says) => {
  const ended = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  expect(ended[where]).toContain(says);
  expect(ended.status).toBe(code);
});
