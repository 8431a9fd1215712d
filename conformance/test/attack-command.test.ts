/**
 * The attack runner with few attackers and short deadlines: that a server which holds passes, and one which does not
 * fails. Bodies below the rate and answers that nobody reads have no option to shorten them: they are run by command.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, echo, type LwsContext, setLogLevel } from 'lws-ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../attack.mjs', import.meta.url));
const preload = new URL('../attack/loop-lag.mjs', import.meta.url).href;
/** Answers, and stands still for 300 ms each second. */
const slowServer = `
  const server = require('node:http').createServer((_, answer) => answer.end());
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
  setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300), 1000);
`;
const folder = mkdtempSync(join(tmpdir(), 'lws-attack-'));
writeFileSync(join(folder, 'a.txt'), 'alpha');

interface Outcome {
  readonly attack: string;
  readonly connected: number;
  readonly cut: number;
  readonly held: number;
  readonly good: { readonly asked: number; readonly failed: number };
  readonly lag?: { readonly p50: number; readonly p99: number; readonly most: number };
  readonly failures: readonly string[];
}

let context: LwsContext | undefined;

beforeAll(() => setLogLevel(undefined, () => {}));
afterEach(async () => {
  await context?.close({ deadlineSecs: 0 });
  context = undefined;
});
afterAll(() => {
  setLogLevel(undefined, null);
  rmSync(folder, { recursive: true });
});

/** A server whose every deadline is that many seconds; gives its URL. */
async function serve(secs: number): Promise<string> {
  context = await createContext({
    port: 0,
    interface: '127.0.0.1',
    protocols: [echo.with({ default: true })],
    mounts: [{ mountpoint: '/', origin: `file://${folder}` }],
    timeoutSecs: secs,
    timeoutSecsAhIdle: secs,
    keepaliveTimeout: secs,
    stalledSecs: secs,
  });
  return `http://127.0.0.1:${context.vhosts[0]?.port}/a.txt`;
}

async function attack(...args: readonly string[]) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** Bounds as long as those of a machine that does other things too: what is measured here is that all is told. */
const small = '--attackers 26 --scale 0.1 --seconds 0.5 --p99 5000 --json'.split(' ');
const short = [
  'silent',
  'connection-flood',
  'half-tls',
  'slow-head',
  'idle',
  'stalled-ws',
  'fragment-flood',
  'ping-flood',
  'head-flood',
  'reset',
];
const only = (...names: readonly string[]): string[] => names.flatMap((name) => ['--kind', name]);

describe('npm run --prefix conformance attack', () => {
  test('a server that holds: all are cut in time, the good client is served, and the exit code is 0', async () => {
    const url = await serve(0.5);
    const { code, out, err } = await attack(
      url,
      ...small,
      '--pid',
      `${process.pid}`,
      ...only(...short),
    );
    const { outcomes, notRun } = JSON.parse(out) as { outcomes: Outcome[]; notRun: unknown };
    expect({ failures: outcomes.flatMap((one) => one.failures), err, code }).toEqual({
      failures: [],
      err: '',
      code: 0,
    });
    expect(notRun).toEqual([{ attack: 'half-tls', reason: 'no TLS is there' }]);
    expect(outcomes.map(({ attack: name, connected, cut }) => [name, connected, cut])).toEqual([
      ['nobody', 0, 0],
      ...short.filter((name) => name !== 'half-tls').map((name) => [name, 26, 26]),
    ]);
    for (const { good } of outcomes) expect(good.asked).toBeGreaterThan(0);
  }, 60_000);

  test('--lag: how late the loop of a server is that was started with attack/loop-lag.mjs; --seconds: for how long the good client asks', async () => {
    const file = join(folder, 'lag.json');
    const server = spawn(process.execPath, ['--import', preload, '--eval', slowServer], {
      env: { ...process.env, LOOP_LAG_FILE: file },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(server.stdout, 'data')) as [Buffer];
      const { out } = await attack(
        `http://127.0.0.1:${port.toString()}/`,
        ...only('head-flood'),
        '--attackers',
        '1',
        '--scale',
        '0.1',
        '--seconds',
        '4',
        '--json',
        '--lag',
        file,
      );
      const { outcomes } = JSON.parse(out) as { outcomes: Outcome[] };
      for (const { attack: name, lag, good } of outcomes) {
        expect(good.asked, name).toBeGreaterThan(30);
        expect(lag?.most, name).toBeGreaterThan(250);
        expect(lag?.p50, name).toBeLessThan(250);
      }
      expect(outcomes).toHaveLength(2);
    } finally {
      server.kill();
    }
  }, 60_000);

  test.each(['silent', 'slow-head', 'idle', 'stalled-ws'])(
    '%s against a server without the deadline fails, with 1',
    async (kind) => {
      const url = await serve(600);
      const { code, out } = await attack(url, ...small, '--scale', '0.03', ...only(kind));
      const { outcomes } = JSON.parse(out) as { outcomes: Outcome[] };
      expect(outcomes.at(-1)).toMatchObject({
        held: 26,
        cut: 0,
        failures: ['26 were kept for too long'],
      });
      expect(code).toBe(1);
    },
    30_000,
  );

  test('a good client that is not served fails, with 1', async () => {
    const url = await serve(0.5);
    const { code, out } = await attack(
      `${url}.none`,
      ...only('head-flood'),
      '--attackers',
      '1',
      '--seconds',
      '1',
    );
    expect(out).toMatch(/^head-flood .* FAIL: good client: \d+ × 404$/m);
    expect(code).toBe(1);
  });

  test.each([
    [['http://192.0.2.1/'], '192.0.2.1 is not on loopback'],
    [['http://example.com/'], 'example.com is not on loopback'],
    [['http://127.0.0.1.example.com/'], 'is not on loopback'],
    [['ftp://127.0.0.1/'], 'give http: or https:'],
    [[], 'give one URL'],
    [['--x'], 'Usage: attack URL'],
    [['http://127.0.0.1:1/', '--kind', 'x'], 'there is no attack x'],
    [['http://127.0.0.1:1/', '--lag', '/none'], '--lag /none: no server writes it'],
    [['http://127.0.0.1:1/', '--attackers', '0'], '--attackers 0: a number'],
  ] as const)('%j is refused with 2', async (args, says) => {
    const { code, err } = await attack(...args);
    expect(err).toContain(says);
    expect(code).toBe(2);
  });
});
