/** File operations of a program that are asynchronous: what they are rejected with is an error of the request. */
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { FileOps, FopsFile } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, FopsBase, OverlayFops, vfs, ZipFops } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { makeZip } from '../../vfs/test/zip/make-zip.ts';
import { httpMounts } from '../src/index.ts';
import { diskRoot } from './mounted.ts';
import { bodies, get } from './open-callback.ts';

const logged = captureLog();
const root = diskRoot({
  'small.txt': 'small',
  'page.html': 'page',
  'large.txt': 'x'.repeat(300_000),
  'sub/a.txt': 'a',
  'docs.zip': makeZip([{ name: 'in.txt', content: 'inside' }]),
  'dir.zip/b.txt': 'b',
});

async function asked(fops: FileOps, path: string, fields = '', origin = root) {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    fops,
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        mounts: [{ mountpoint: '/', origin: `file://${origin}`, listing: true }],
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
  ['seekCur', '/large.txt', 'Range: bytes=70000-200000\r\n', 'LWS_ERR_HANDLER_ASYNC'],
  ['list', '/sub/', '', 'LWS_ERR_HANDLER_ASYNC'],
])('a promise of %s is none of its results: %s', async (operation, path, fields, code) => {
  const { text, codes } = await asked(fopsWith({ [operation]: rejects }), path, fields);
  expect(text).toMatch(/^(?:HTTP\/1.1 (?:500|200|206) |$)/);
  expect(codes).toEqual([code]);
});

type Open = FileOps['open'];
const disk = new DiskFops();
const notThere: [string, Open][] = [
  ['at once', (...asking) => disk.open(...asking)],
  ['in an async function', async (...asking) => disk.open(...asking)],
  [
    'in an async function that waits',
    async (...asking) => {
      await settle(1);
      disk.open(...asking);
    },
  ],
  ['later', (...asking) => void setImmediate(() => disk.open(...asking))],
];
const failures: [string, Open][] = [
  ['is rejected', rejects],
  [
    'throws',
    () => {
      throw new Error('not today');
    },
  ],
];

describe.each(notThere)('the first open is answered %s', (_when, first) => {
  describe.each(failures)('and the second %s', (_how, second) => {
    test.each<[string, string, (fops: FileOps) => FileOps, string]>([
      [
        'a lower root',
        '/small.txt',
        (fops) => new OverlayFops(fops, { [root]: [`${root}/none`] }),
        root,
      ],
      [
        'a directory that is named like an archive',
        '/dir.zip/b.txt',
        (fops) => new ZipFops(fops),
        `${root}/dir.zip/b.txt`,
      ],
    ])('500: %s', async (_name, path, chain, last) => {
      const open: Open = (...asking) =>
        (asking[0] + asking[1] === last || asking[0] === last ? second : first)(...asking);
      const { text, codes } = await asked(chain(fopsWith({ open })), path);
      expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_HANDLER_THREW']]);
      expect(logged.join()).toContain('not today');
    });
  });
});

describe('an archive whose file operations are asynchronous', () => {
  test('an open that is rejected is 500', async () => {
    const { text, codes } = await asked(
      new ZipFops(fopsWith({ open: rejects })),
      '/docs.zip/in.txt',
    );
    expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_HANDLER_THREW']]);
    expect(logged.join()).toContain('not today');
  });

  test('as the origin of a mount it is judged by its first request', async () => {
    const fops = new ZipFops(fopsWith({ open: rejects }));
    const { text, codes } = await asked(fops, '/in.txt', '', `${root}/docs.zip`);
    expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_HANDLER_THREW']]);
  });

  test.each<[string, unknown]>([
    ['gives a promise', rejects],
    [
      'throws',
      () => {
        throw new Error('not today');
      },
    ],
  ])('a read that %s is 500, each time', async (_name, read) => {
    const fops = new ZipFops(fopsWith({ read }));
    for (let time = 0; time < 2; time++) {
      const { text, codes } = await asked(fops, '/docs.zip/in.txt');
      expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_VFS_IO']]);
    }
  });

  test.each([
    ['/docs.zip/in.txt', '200 inside', ['LWS_ERR_HANDLER_THREW']],
    ['/docs.zip/none.txt', '404', []],
    ['/docs.zip/', '200', []],
  ])('a close of %s that is rejected', async (path, body, codes) => {
    const close: FileOps['close'] = async (file) => {
      disk.close.call(file.fops, file);
      await rejects();
    };
    const fops = new ZipFops(fopsWith({ close }));
    const answered = await asked(fops, path);
    expect(bodies(answered.text).join()).toContain(body);
    expect(answered.codes).toEqual(codes);
  });
});

test('a checkRoot that gives a promise refuses its mount', async () => {
  const chain = new ZipFops(fopsWith({ checkRoot: rejects }));
  await expect(asked(chain, '/small.txt')).rejects.toMatchObject({ code: 'LWS_ERR_HANDLER_ASYNC' });
});

test('an origin that is not there is a warning, unless something lies over it', async () => {
  const none = `${root}/none`;
  const warning = `warn vhost default: the origin of mount / does not exist: ${none}`;
  expect(bodies((await asked(new ZipFops(new DiskFops()), '/a.txt', '', none)).text)).toEqual([
    '404',
  ]);
  expect(logged).toContain(warning);
  const said = logged.length;
  const overlaid = new OverlayFops(new DiskFops(), { [none]: [root] });
  expect(bodies((await asked(overlaid, '/small.txt', '', none)).text)).toEqual(['200 small']);
  await asked(new ZipFops(new DiskFops()), '/in.txt', '', `${root}/docs.zip`);
  expect(logged.slice(said)).not.toContain(warning);
});

test('a list of one root that gives a promise', async () => {
  const chain = new OverlayFops(fopsWith({ list: rejects }), { [root]: [`${root}/none`] });
  const { text, codes } = await asked(chain, '/sub/');
  expect([bodies(text), codes]).toEqual([['500'], ['LWS_ERR_HANDLER_ASYNC']]);
});
