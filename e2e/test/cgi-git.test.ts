/** `git http-backend` of Debian behind a cgi mount: the executed example of a script that streams both ways. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, type Mount } from 'lws-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { missing } from './missing.ts';

const run = promisify(execFile);
const found = spawnSync('git', ['--exec-path'], { encoding: 'utf8' });
const backend = `${found.stdout?.trim()}/git-http-backend`;
const absent =
  spawnSync('test', ['-x', backend]).status === 0 ? undefined : missing('no git http-backend');

const folder = mkdtempSync(join(tmpdir(), 'lws-git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@a.example',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@a.example',
  GIT_TERMINAL_PROMPT: '0',
};
const git = async (cwd: string, ...args: string[]): Promise<string> =>
  (await run('git', args, { cwd, env })).stdout;

describe.skipIf(absent !== undefined)(`git http-backend ${absent ?? ''}`, () => {
  test('serves a clone, and takes a push', async () => {
    await git(folder, 'init', '-q', '--bare', 'served.git');
    await git(`${folder}/served.git`, 'config', 'http.receivepack', 'true');
    await git(folder, 'init', '-q', '-b', 'main', 'first');
    const first = `${folder}/first`;
    // what does not compress: a pack of some size goes each way
    const noise = Buffer.alloc(3_000_000);
    for (let at = 0, seed = 1; at < noise.length; at++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      noise[at] = seed >>> 16;
    }
    writeFileSync(`${first}/noise`, noise);
    await git(first, 'add', '.');
    await git(first, 'commit', '-q', '-m', 'one');

    const mount: Mount = {
      mountpoint: '/git',
      origin: `cgi://${backend}`,
      cgienv: { GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', PATH: env.PATH },
      maxHttpBodySize: 64 * 1024 * 1024,
      maxChunkedBody: 8 * 1024 * 1024,
    };
    const context = await createContext({
      vhosts: [{ port: 0, interface: '127.0.0.1', mounts: [mount] }],
    });
    const vhost = context.vhosts[0];
    const url = `http://127.0.0.1:${vhost?.port}/git/served.git`;
    try {
      // once with a length, once in chunks
      await git(first, '-c', 'http.postBuffer=8000000', 'push', '-q', url, 'main:main');
      await git(first, 'push', '-q', url, 'main:other');
      await git(folder, 'clone', '-q', '-b', 'main', url, 'second');
      expect(readFileSync(`${folder}/second/noise`).equals(noise)).toBe(true);
      expect(await git(`${folder}/second`, 'log', '--format=%s')).toBe('one\n');
      await expect(git(folder, 'clone', '-q', `${url}x`, 'third')).rejects.toThrow('not found');
      expect([...(vhost?.counters.refused ?? [])]).toEqual([]);
    } finally {
      await context.close({ deadlineSecs: 1 });
    }
  }, 60_000);
});
