/** The command of never-reading peers, with few of them: that it tells what is kept, and takes no wrong command line. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../unread.mjs', import.meta.url));

interface Seen {
  readonly pinned: number;
  readonly kept: number;
  readonly peers: number;
  readonly offered: number;
  readonly refused: Readonly<Record<string, number>>;
}

async function unread(...args: readonly string[]) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

describe('npm run --prefix conformance unread', () => {
  test.concurrent.each([
    ['writeable', []],
    ['drop', ['LWS_ERR_WS_DROPPED']],
    ['close', ['LWS_ERR_WS_SLOW_PEER']],
  ] as const)(
    '%s: what is kept is bounded, and gone with the peers',
    async (policy, codes) => {
      const { out, err } = await unread(
        '--peers',
        '4',
        '--seconds',
        '3',
        '--policy',
        policy,
        '--json',
      );
      expect(err).toBe('');
      const report = JSON.parse(out) as Record<'before' | 'during' | 'after', Seen> & {
        readonly most: { readonly kept: number };
      };
      expect(report.during.offered).toBeGreaterThan(report.before.offered);
      expect(report.most.kept).toBeLessThan(4 * 128 * 1024);
      expect(report.during.pinned - report.before.pinned).toBeLessThan(4 * 2 ** 20);
      expect([report.after.peers, report.after.kept]).toEqual([0, 0]);
      expect(report.after.pinned - report.before.pinned).toBeLessThan(2 * 2 ** 20);
      for (const code of codes) expect(report.during.refused[code]).toBeGreaterThan(0);
    },
    60_000,
  );

  test('--help lists the options', async () => {
    const { code, out } = await unread('--help');
    expect(out).toMatch(/^Usage: unread .*--peers N/s);
    expect(code).toBe(0);
  });

  test.each([
    [['--policy', 'keep'], '--policy is one of writeable, drop, close'],
    [['--peers', '0'], '--peers 0: a number'],
    [['--x'], 'Usage: unread'],
  ] as const)('%j is refused with 2', async (args, says) => {
    const { code, err } = await unread(...args);
    expect(err).toContain(says);
    expect(code).toBe(2);
  });
});
