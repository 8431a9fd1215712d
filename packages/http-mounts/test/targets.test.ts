/** PTH: request targets as a peer writes them, over HTTP, to files on disk and in memory; and a root that moves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer } from '@lws-ts/test-kit';
import { MemoryFops, vfs } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { diskRoot, Mounted } from './mounted.ts';
import './open-callback.ts';

const base = diskRoot({
  'secret.txt': 'SECRET',
  'www-2/secret.txt': 'SECRET',
  'mountX/secret.txt': 'SECRET',
  'www/index.html': 'PUBLIC',
  'www/a.txt': 'PUBLIC',
  'www/.git/config.txt': 'SECRET',
  'www/sub/index.html': 'PUBLIC',
  'www/sub/b.txt': 'PUBLIC',
  'www/sub/.env.txt': 'SECRET',
});
const root = join(base, 'www');
mkdirSync(join(root, 'deep', 'er'), { recursive: true });
symlinkSync('..', join(root, 'up'));

const memory = new MemoryFops();
for (const [path, text] of Object.entries({
  '/base/secret.txt': 'SECRET',
  '/base/www-2/secret.txt': 'SECRET',
  '/base/www/index.html': 'PUBLIC',
  '/base/www/a.txt': 'PUBLIC',
  '/base/www/.git/config.txt': 'SECRET',
  '/base/www/sub/index.html': 'PUBLIC',
  '/base/www/sub/b.txt': 'PUBLIC',
  '/base/www/sub/.env.txt': 'SECRET',
}))
  memory.set(path, text);

/** What stands before each: of a mount, and of what only looks like one. */
const prefixes = ['', '/mount', '/mount..', '/mountX/..', '/mount/', '/MOUNT', '/%6dount'];
/** What is asked for below. */
const tails = [
  '/../secret.txt',
  '/../../secret.txt',
  '/../../../../../../../../etc/passwd',
  '/..%2fsecret.txt',
  '/..%2Fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/%2E%2E/%2E%2E/secret.txt',
  '/.%2e/secret.txt',
  '/%2e./secret.txt',
  '/%252e%252e/secret.txt',
  '/%25%32%65%25%32%65/secret.txt',
  '/..%5csecret.txt',
  '/..%5Csecret.txt',
  '/..\\secret.txt',
  '/%5c..%5csecret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/%e0%80%ae%e0%80%ae/secret.txt',
  '/..%c0%afsecret.txt',
  '/..%e0%80%afsecret.txt',
  '/%u002e%u002e/secret.txt',
  '/..;/secret.txt',
  '/..%00/secret.txt',
  '/../secret.txt%00.html',
  '/a.txt%00/../../secret.txt',
  '/..%0d%0a/secret.txt',
  '/..%09/secret.txt',
  '/..%20/secret.txt',
  '/.../secret.txt',
  '/....//secret.txt',
  '/..../secret.txt',
  '/./../secret.txt',
  '/sub/../../secret.txt',
  '/sub/..%2f..%2fsecret.txt',
  '/sub//..//..//secret.txt',
  '//../secret.txt',
  '//..//secret.txt',
  '/..//secret.txt',
  '/up/secret.txt',
  '/up/www-2/secret.txt',
  '/%75p/secret.txt',
  '/deep/er/../../../secret.txt',
  '/.git/config.txt',
  '/%2egit/config.txt',
  '/sub/.env.txt',
  '/sub/%2eenv.txt',
  '/proc/self/environ',
  '//etc/passwd',
  '/%2fetc%2fpasswd',
  '/file:///etc/passwd',
  '/~root/.ssh/id_rsa',
  '/c:/secret.txt',
  '/C%3a%5csecret.txt',
  '/secret.txt::$DATA',
  '/%ef%bc%8e%ef%bc%8e/secret.txt',
  '/%e2%80%a5/secret.txt',
  '/?/../secret.txt',
  '/?file=../secret.txt',
  '/..?x',
  '/..',
];
const targets = [...new Set(prefixes.flatMap((prefix) => tails.map((tail) => prefix + tail)))];

async function serve(kind: 'disk' | 'memory'): Promise<Vhost> {
  const origin = kind === 'disk' ? `file://${root}` : 'file:///base/www';
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    ...(kind === 'memory' ? { fops: memory } : {}),
    vhosts: [
      {
        port: -1,
        mounts: [
          { mountpoint: '/', origin },
          { mountpoint: '/mount', origin: `${origin}/sub` },
        ],
      },
    ],
  });
  return context.vhosts[0] as Vhost;
}

test('there are more than 250', () => {
  expect(targets.length).toBeGreaterThan(250);
});

describe.each(['disk', 'memory'] as const)('files of %s', (kind) => {
  test('nothing outside the root, and nothing hidden, is ever served', async () => {
    const vhost = await serve(kind);
    const statuses = new Map<string, number>();
    for (const target of targets) {
      const { peer } = await connectRawPeer(vhost);
      await peer.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const status = peer.text.slice(9, 12);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(peer.text, target).not.toMatch(/SECRET|root:x:/);
      expect(['200', '301', '400', '403', '404'], `${target}: ${status}`).toContain(status);
      if (status === '200') expect(peer.text, target).toContain('PUBLIC');
      // a redirect stays on this host
      if (status === '301') expect(peer.text, target).toMatch(/\r\nlocation: \/(?!\/)/);
    }
    // the table means something: some of it is repaired and served, some refused by http, some by the mount
    for (const status of ['200', '400', '404']) expect(statuses.get(status)).toBeGreaterThan(5);
  });
});

test('a directory that is swapped for a link out while requests run gives nothing of it', async () => {
  const moving = diskRoot({ 'out/f.txt': 'SECRET', 'www/d/f.txt': 'public' });
  const swapper = spawn(
    process.execPath,
    [
      '-e',
      `const fs = require('node:fs');
       const end = Date.now() + 700;
       process.stdout.write('x');
       while (Date.now() < end) {
         fs.renameSync('d', 'aside');
         fs.symlinkSync('../out', 'd');
         fs.unlinkSync('d');
         fs.renameSync('aside', 'd');
       }`,
    ],
    { cwd: join(moving, 'www'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(swapper.stdout, 'data');
  const ended = once(swapper, 'exit');
  const files = new Mounted([{ mountpoint: '/', origin: `file://${moving}/www` }], {
    fileCacheBytes: 0,
  });
  const seen = new Map<number, number>();
  while (swapper.exitCode === null) {
    const answer = await files.ask('/d/f.txt');
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    if (answer.text.includes('SECRET')) throw new Error('a file outside the root was served');
    if (answer.status === 200) expect(answer.text).toBe('public');
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await ended).toEqual([0, null]);
  expect([...seen.keys()].filter((status) => ![200, 403, 404].includes(status))).toEqual([]);
  expect(seen.get(200)).toBeGreaterThan(0);
});
