/** The FIFO that is printed, and the echo. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { AnyProtocol } from '@lws-ts/interface';
import { rawTest, watchedRawTest } from '@lws-ts/protocols/raw-test';
import { raw } from '@lws-ts/raw';
import { addSpuriousWriteables, connectRawPeer } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
let lines: string[];
const contexts: Context[] = [];
const noFifos = !existsSync('/usr/bin/mkfifo') && !existsSync('/bin/mkfifo');

beforeEach(() => {
  lines = [];
  setLogLevel('err,warn,notice', (_level, line) => void lines.push(line));
  folder = mkdtempSync(join(tmpdir(), 'raw-test-'));
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
  rmSync(folder, { recursive: true, force: true });
  setLogLevel('err,warn,notice', null);
});

async function serve(protocol: AnyProtocol): Promise<Vhost> {
  const context = (await createContext({
    use: [http(), raw()],
    port: -1,
    protocols: [protocol],
    fallbackToRaw: true,
  })) as unknown as Context;
  contexts.push(context);
  return context.vhosts[0] as Vhost;
}

const say = (path: string, text: string): void =>
  void execFileSync('sh', ['-c', 'printf %s "$1" > "$0"', path, text]);

test('what is no HTTP comes back as it was typed, however long', async () => {
  const vhost = await serve(rawTest.with({ raw: true }));
  const { peer } = await connectRawPeer(vhost);
  await peer.send('hello\r\n');
  await addSpuriousWriteables(vhost.protocols);
  expect(peer.text).toBe('hello\r\n');
  peer.take();
  const long = 'a line\r\n'.repeat(5000);
  await peer.send(long);
  await expect.poll(() => peer.text.length).toBe(long.length);
  expect(peer.text).toBe(long);
});

describe.skipIf(noFifos)('the FIFO', () => {
  test('is made, printed whoever comes and goes, and taken away at the end', async () => {
    let printed = '';
    const path = join(folder, 'fifo');
    const watched = watchedRawTest((text) => {
      printed += text;
    });
    await serve(watched.with({ fifoPath: path }));
    expect([statSync(path).isFIFO(), statSync(path).mode & 0o777]).toEqual([true, 0o600]);
    for (const text of ['hello\n', 'grüße, '.repeat(100), '\n']) say(path, text);
    await expect.poll(() => printed).toBe(`hello\n${'grüße, '.repeat(100)}\n`);
    await contexts.pop()?.close();
    expect(existsSync(path)).toBe(false);
  });

  test('of rawTest is lines of the log', async () => {
    const path = join(folder, 'fifo');
    await serve(rawTest.with({ fifoPath: path }));
    say(path, 'one\ntwo\n');
    await expect.poll(() => lines.filter((line) => line.includes('raw-test: '))).toHaveLength(2);
    expect(lines.join('\n')).toMatch(/raw-test: one\n.*raw-test: two/);
  });

  test('that is there already is used, and left there', async () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    await serve(rawTest.with({ fifoPath: path }));
    say(path, 'hello\n');
    await expect.poll(() => lines.join()).toContain('raw-test: hello');
    await contexts.pop()?.close();
    expect(existsSync(path)).toBe(true);
  });

  test('does not keep the context from closing', async () => {
    await serve(rawTest.with({ fifoPath: join(folder, 'fifo') }));
    const report = await contexts.pop()?.close({ deadlineSecs: 5 });
    expect(report).toMatchObject({ closed: 1, cut: 0 });
    expect(report?.elapsedMs).toBeLessThan(2500);
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    [
      'a link to a FIFO',
      (path: string) => {
        execFileSync('mkfifo', [`${path}.real`]);
        symlinkSync(`${path}.real`, path);
      },
    ],
    ['a directory that is not there', () => undefined],
  ])('is refused when its path is %s', async (name, prepare) => {
    const path = name.endsWith('there') ? join(folder, 'no', 'fifo') : join(folder, 'fifo');
    prepare(path);
    await expect(serve(rawTest.with({ fifoPath: path }))).rejects.toMatchObject({
      code: 'LWS_ERR_PVO',
    });
    if (name === 'a file') expect(statSync(path).isFile()).toBe(true);
  });
});
