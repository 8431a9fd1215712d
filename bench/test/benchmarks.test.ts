/**
 * Benchmarks run: real processes, counts that show nothing but that it works. All of them where LWS_FUZZ_DEPTH is set, and a
 * part of them else.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { buildGenerator, Skipped } from '../harness/generator.mjs';

const run = promisify(execFile);
const command = fileURLToPath(new URL('../run.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const reason = whyNot();

const more: [string, string[]][] = [
  ['echo --only 1048576x1 --messages 40', ['us/message', '1048576x1']],
  ['broadcast --messages 60 --connections 20', ['us/delivery', 'plain', 'deflate']],
  ['connect --messages 20 --connections 4', ['us/connection', 'upgrade']],
  ['http --only 1k --messages 200 --connections 8', ['us/request', '1k', 'node']],
  ['tls --messages 100 --connections 4', ['us/message', 'connect', '32x20', '16384x4']],
  ['raw --messages 200 --connections 4 --only 32x1,1024x20', ['us/message', '32x1', 'net']],
  ['proxy --only get --messages 100 --connections 4', ['us/request', 'httpxy', 'haproxy']],
  ['proxy-stream --messages 2', ['peak RSS', 'up', 'down', 'relay']],
  ['cgi --messages 2', ['peak RSS', 'down', 'up', 'relay']],
];

describe.skipIf(reason !== '')(`npm run bench${reason}`, { timeout: 120_000 }, () => {
  test.each([
    ['echo --only 32x1-idle --messages 100 --connections 4 --idle 20', ['none idle', '32x1-idle']],
    ['deflate --messages 40 --connections 4 --only 512,512-text', ['us/message', '512-text']],
    ['memory --connections 20 --only deflate', ['KiB each', 'deflate']],
    ['http --only hello --messages 200 --connections 8', ['us/request', 'hello', 'node']],
    ['tls --only 32x20 --messages 100 --connections 4', ['us/message', '32x20']],
    ['stream --messages 2', ['peak RSS', '1gib', 'net']],
    ...(process.env['LWS_FUZZ_DEPTH'] === undefined ? [] : more),
  ])('%s', async (line, words) => {
    const { stdout } = await run(process.execPath, [command, ...line.split(' '), '--rounds', '3']);
    for (const word of [...words, 'lws-ts', 'load average']) expect(stdout).toContain(word);
    expect(stdout).not.toContain('NaN');
    expect(stdout).toMatch(/ (met|MISSED)$/m);
  });

  test('--help names every benchmark', async () => {
    const { stdout } = await run(process.execPath, [command, '--help']);
    for (const name of [
      'echo',
      'deflate',
      'broadcast',
      'connect',
      'memory',
      'stream',
      'http',
      'tls',
      'raw',
      'proxy',
      'proxy-stream',
      'cgi',
    ])
      expect(stdout).toContain(`\n${name}: `);
  });
});

function whyNot(): string {
  if (!existsSync(built)) return ' (lws-ts is not built)';
  try {
    buildGenerator('wsload');
    return '';
  } catch (error) {
    if (error instanceof Skipped) return ` (${error.message})`;
    throw error;
  }
}
