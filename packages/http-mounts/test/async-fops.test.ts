/** File operations of a program that are asynchronous: what they are rejected with is an error of the request. */
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { FileOps, FopsFile } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, FopsBase, vfs, ZipFops } from '@lws-ts/vfs';
import { expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';
import { bodies, get } from './open-callback.ts';

const logged = captureLog();
const root = diskRoot({
  'small.txt': 'small',
  'page.html': 'page',
  'large.txt': 'x'.repeat(300_000),
  'sub/a.txt': 'a',
});

async function asked(fops: FileOps, path: string, fields = '') {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    fops,
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        mounts: [{ mountpoint: '/', origin: `file://${root}`, listing: true }],
      },
    ],
  });
  const vhost = context.vhosts[0] as Vhost;
  const { peer } = await connectRawPeer(vhost);
  await peer.send(get(path, fields));
  await settle(50);
  const codes = [...vhost.counters.refused.keys()];
  await context.close({ deadlineSecs: 0 });
  return { text: peer.text, codes };
}

/** What a program may write, whatever its types say. */
function fopsWith(operations: Partial<Record<keyof FileOps, unknown>>): FileOps {
  return Object.assign(new DiskFops(), operations) as FileOps;
}

const rejects = async (): Promise<never> => {
  await settle(1);
  throw new Error('not today');
};

const chains: [string, (fops: FileOps) => FileOps][] = [
  ['the first', (fops) => fops],
  ['below another', (fops) => new FopsBase('own', fops)],
  ['below archives', (fops) => new ZipFops(fops)],
];

test.each(chains)('an open that is rejected is 500: %s', async (_name, chain) => {
  const { text, codes } = await asked(chain(fopsWith({ open: rejects })), '/small.txt');
  expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_HANDLER_THREW']]);
  expect(logged.join()).toContain('not today');
});

test.each(['/small.txt', '/large.txt'])(
  'an open of %s that is rejected behind its file is logged and counted',
  async (path) => {
    const disk = new DiskFops();
    const open: FileOps['open'] = async (...asking) => {
      disk.open(...asking);
      await rejects();
    };
    const { text, codes } = await asked(fopsWith({ open }), path);
    if (path === '/small.txt') expect(bodies(text)).toEqual(['200 small']);
    expect(codes).toEqual(['LWS_ERR_HANDLER_THREW']);
    expect(logged.join()).toContain('not today');
  },
);

test.each(['/small.txt', '/large.txt'])('a close of %s that is rejected', async (path) => {
  class Fops extends FopsBase {
    override async close(file: FopsFile): Promise<void> {
      await super.close(file);
      await rejects();
    }
  }
  const { text, codes } = await asked(new Fops('own', new DiskFops()), path);
  expect(text).toMatch(/^HTTP\/1.1 200 /);
  expect(codes).toEqual(['LWS_ERR_HANDLER_THREW']);
  expect(logged.join()).toContain('not today');
});

test.each<[keyof FileOps, string, string, string]>([
  ['read', '/small.txt', '', 'LWS_ERR_HANDLER_ASYNC'],
  ['read', '/page.html', '', 'LWS_ERR_HANDLER_ASYNC'],
  ['read', '/large.txt', '', 'LWS_ERR_HANDLER_ASYNC'],
  ['seekCur', '/large.txt', 'Range: bytes=70000-200000\r\n', 'LWS_ERR_MOUNT_TRUNCATED'],
  ['list', '/sub/', '', 'LWS_ERR_HANDLER_ASYNC'],
])('a promise of %s is none of its results: %s', async (operation, path, fields, code) => {
  const { text, codes } = await asked(fopsWith({ [operation]: rejects }), path, fields);
  expect(text).toMatch(/^(?:HTTP\/1.1 (?:500|200|206) |$)/);
  expect(codes).toEqual([code]);
});
