/** `runProgram` in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';

const built = new URL('../dist/index.js', import.meta.url);
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A program that says `up`, and once it is told to end takes `endMs` before it gives 3. */
function start(endMs: number) {
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { runProgram } from ${JSON.stringify(built.href)};
    await runProgram(async (args, io) => {
      const talk = setInterval(() => io.out('up ' + args.join(' ') + '\\n'), 5);
      await io.ended();
      io.err('ending\\n');
      await sleep(${endMs});
      clearInterval(talk);
      return 3;
    });`;
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    '--',
    'tool',
    'a',
    'b',
  ]);
  children.push(child);
  return child;
}

describe.skipIf(!existsSync(built))('runProgram, which is tested as it was built', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it in order, with its code',
    async (signal) => {
      const child = start(0);
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      expect(String(said)).toMatch(/^up a b\n/);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([3, null]);
    },
  );

  test.each([
    ['SIGINT', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGHUP', 'SIGHUP'],
  ] as const)('%s, then %s: it ends at once, with 1', async (first, second) => {
    const child = start(60_000);
    await once(child.stdout, 'data');
    child.kill(first);
    await once(child.stderr, 'data');
    await sleep(550);
    child.kill(second);
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  test('signals that come together are one', async () => {
    const child = start(300);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child.stderr, 'data');
    for (const again of ['SIGINT', 'SIGTERM'] as const) child.kill(again);
    expect(await once(child, 'exit')).toEqual([3, null]);
  });

  test('errors that nobody handled are logged and counted, a flood of them in ten lines, and it goes on', async () => {
    const script = `
      import { runProgram } from ${JSON.stringify(built.href)};
      await runProgram(async (args, io) => {
        const ended = io.ended();
        for (let at = 0; at < 50; at++) queueMicrotask(() => { throw new Error('thrown ' + at); });
        for (let at = 0; at < 50; at++) void Promise.reject(new Error('rejected ' + at));
        setTimeout(() => { throw new Error('thrown later'); }, 1100);
        setTimeout(() => io.out('still here'), 1200);
        setTimeout(() => {}, 60_000).unref();
        const talk = setInterval(() => {}, 1000);
        await ended;
        clearInterval(talk);
        return 0;
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    children.push(child);
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      said += String(bytes);
    });
    expect(String((await once(child.stdout, 'data'))[0])).toBe('still here');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([1, null]);
    const lines = said.split('\n').filter((line) => line.includes('unhandled '));
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatch(/ERR: unhandled exception: Error: thrown 0/);
    expect(lines[10]).toMatch(
      /unhandled exception: Error: thrown later.*; 90 more before, not shown$/,
    );
    expect(lines[11]).toBe('unhandled errors: 101');
  });

  test('before it listens they are fatal, as in any program', async () => {
    const script = `
      import { runProgram } from ${JSON.stringify(built.href)};
      await runProgram(async (args, io) => {
        setTimeout(() => { throw new Error('at the start'); }, 1);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        return 0;
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    children.push(child);
    child.stderr.resume();
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  test('a reader of its output that goes away ends it with 1', async () => {
    const child = start(0);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
