/** The soak with 4,000 connections, times LWS_FUZZ_DEPTH: a tenth of them, 2,000 at least, before the baseline. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('../soak.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const connections = Math.ceil(4000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1));
/** So few connections do not yet show 3 %: what is made once and late weighs more. */
const mostGrown = 0.05;

interface Report {
  readonly before: { readonly exact: Readonly<Record<string, unknown>>; readonly served: number };
  readonly after: Report['before'];
  readonly grown: number;
}

test.skipIf(!existsSync(built))(
  'descriptors, handles, entries, tables and output are at the baseline; it takes a build',
  async () => {
    const args = [command, '--connections', String(connections), '--json'];
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
    expect(after.served - before.served).toBeGreaterThanOrEqual((connections - 2000) / 2);
    expect(grown).toBeLessThan(mostGrown);
  },
  600_000,
);
