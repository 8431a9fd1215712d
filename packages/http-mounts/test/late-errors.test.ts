/** What fails while an answer is made of a file that was waited for is an error of its request, and of nothing else. */
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import {
  type CodedError,
  type FopsFile,
  type FopsFlags,
  type HttpHandlers,
  type HttpWsi,
  protocol,
} from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, vfs } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { httpMounts } from '../src/index.ts';
import { descriptors, diskRoot } from './mounted.ts';
import { bodies, get } from './open-callback.ts';

const logged = captureLog();
const root = diskRoot({
  'a.txt': 'alpha',
  'large.txt': 'x'.repeat(300_000),
  'sub/index.html': 'page',
  'app.html': 'app',
});

/** Files as an archive may have them: they are there a little later. */
class LateFops extends DiskFops {
  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    super.open(path, virtualPath, flags, (file) => void setImmediate(done, file));
  }
}

/** Files that are read later, and not as much as was asked for; from the `fails`th opening on a call throws. */
class FailingFops extends LateFops {
  readonly #fails: number;
  readonly #call: string;
  #opened = 0;
  #reads = 0;

  constructor(fails: number, call: string) {
    super();
    this.#fails = fails;
    this.#call = call;
  }

  override open(...given: Parameters<DiskFops['open']>): void {
    this.#opened++;
    this.#reads = 0;
    super.open(...given);
  }

  override read(file: FopsFile, into: Uint8Array, done: (got: number | CodedError) => void) {
    if (++this.#reads > 1) this.#fail('read');
    setImmediate(() => done(super.read(file, into.subarray(0, 100_000), done) ?? 0));
    return undefined;
  }

  override close(file: FopsFile): void {
    super.close(file);
    this.#fail('close');
  }

  #fail(call: string): void {
    if (this.#opened >= this.#fails && call === this.#call) throw new Error(`broken ${call}`);
  }
}

async function asked(
  handlers: HttpHandlers<unknown, unknown>,
  path: string,
  fops = new DiskFops(),
  times = 1,
): Promise<{ answers: string[]; ended: boolean; codes: string[] }> {
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    fops,
    clock: new VirtualClock(),
    vhosts: [
      {
        port: -1,
        protocols: [protocol({ name: 'x', http: { processHtml: () => undefined, ...handlers } })],
        mounts: [
          { mountpoint: '/m', origin: 'callback://x' },
          {
            mountpoint: '/f',
            origin: `file://${root}`,
            fallback: 'app.html',
            interpret: { '.html': 'x' },
          },
        ],
      },
    ],
  });
  const vhost = context.vhosts[0] as Vhost;
  const { peer } = await connectRawPeer(vhost);
  for (let time = 0; time < times; time++) {
    await peer.send(get(path, 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n'));
    await settle(20);
  }
  const codes = [...vhost.counters.refused.keys()];
  const { ended } = peer;
  await context.close({ deadlineSecs: 0 });
  return { answers: bodies(peer.text), ended, codes };
}

const kinds = [
  ['at once', DiskFops],
  ['later', LateFops],
] as const;

describe.each(kinds)('a file that is opened %s', (_when, Fops) => {
  test.each([
    ['a small file', 'a.txt', { fields: [['x-name', '€']] as const }],
    ['a small file, its type', 'a.txt', { type: 'text/x\r\n' }],
    ['a large file', 'large.txt', { fields: [['x-name', '€']] as const }],
    ['none', 'none', { fields: [['content-length', '1']] as const }],
  ])('serveFile with a field that cannot be sent: %s', async (_name, path, options) => {
    const before = descriptors();
    const done: string[] = [];
    const handlers: HttpHandlers<unknown, unknown> = {
      request: (wsi) => wsi.serveFile(`${root}/${path}`, options),
      closed: () => void done.push('closed'),
    };
    expect(await asked(handlers, '/m', new Fops())).toEqual({
      answers: ['500'],
      ended: true,
      codes: ['LWS_ERR_HANDLER_THREW'],
    });
    expect(done).toEqual(['closed']);
    expect(descriptors()).toBe(before);
  });

  test.each(['/f/sub/', '/f/none', '/f/app.html'])('%s whose processHtml throws', async (path) => {
    const handlers: HttpHandlers<unknown, unknown> = {
      processHtml() {
        throw new Error('broken page');
      },
    };
    expect(await asked(handlers, path, new Fops())).toEqual({
      answers: ['500'],
      ended: true,
      codes: ['LWS_ERR_HANDLER_THREW'],
    });
    expect(logged).toContainEqual(expect.stringContaining('broken page'));
  });
});

test.each([
  ['its close', 1, 'close'],
  ['a further read', 1, 'read'],
  // it is in the memory that transfers share by then, as far as it was read
  ['its close, when it is asked for often', 2, 'close'],
  ['a further read, when it is asked for often', 2, 'read'],
])('%s throws behind a read of a large file', async (_name, fails, call) => {
  const before = descriptors();
  const { ended, codes } = await asked({}, '/f/large.txt', new FailingFops(fails, call), fails);
  expect([ended, codes]).toEqual([false, ['LWS_ERR_HANDLER_THREW']]);
  expect(logged).toContainEqual(expect.stringContaining(`broken ${call}`));
  expect(descriptors()).toBe(before);
});

test.each([1, 2])('read %i of a small file throws: it is closed', async (broken) => {
  const before = descriptors();
  let reads = 0;
  class BrokenFops extends DiskFops {
    override read(file: FopsFile, into: Uint8Array, done: (got: number | CodedError) => void) {
      if (++reads === broken) throw new Error('broken read');
      return super.read(file, into.subarray(0, 2), done);
    }
  }
  expect(await asked({}, '/f/a.txt', new BrokenFops())).toEqual({
    answers: ['500'],
    ended: true,
    codes: ['LWS_ERR_HANDLER_THREW'],
  });
  expect(descriptors()).toBe(before);
});

test('close throws behind a read of a page whose peer is gone', async () => {
  let read: (() => void) | undefined;
  class PageFops extends DiskFops {
    override read(file: FopsFile, into: Uint8Array, done: (got: number | CodedError) => void) {
      read = () => done(super.read(file, into, done) ?? 0);
      return undefined;
    }
    override close(file: FopsFile): void {
      super.close(file);
      throw new Error('broken close');
    }
  }
  const processHtml = () => ({ process: (piece: Uint8Array) => piece });
  await asked({ processHtml }, '/f/app.html', new PageFops());
  read?.();
  expect(logged).toContainEqual(expect.stringContaining('broken close'));
});

describe.each(['request', 'checkAccessRights', 'bindProtocol', 'filterHttpConnection'] as const)(
  '%s that throws',
  (name) => {
    const threw = { codes: ['LWS_ERR_HANDLER_THREW'] };

    test('has no file open that it served', async () => {
      const before = descriptors();
      const handlers: HttpHandlers<unknown, unknown> = {
        [name](wsi: HttpWsi<unknown, unknown>) {
          wsi.serveFile(`${root}/large.txt`);
          throw new Error('broken handler');
        },
      };
      expect(await asked(handlers, '/m')).toMatchObject(threw);
      expect(descriptors()).toBe(before);
    });

    test('leaves a wsi that serves none', async () => {
      const before = descriptors();
      let served: HttpWsi<unknown, unknown> | undefined;
      const handlers: HttpHandlers<unknown, unknown> = {
        [name](wsi: HttpWsi<unknown, unknown>) {
          served = wsi;
          throw new Error('broken handler');
        },
        dropProtocol: () => served?.serveFile(`${root}/large.txt`),
      };
      expect(await asked(handlers, '/m')).toMatchObject({ answers: ['500'], ...threw });
      served?.serveFile(`${root}/large.txt`);
      expect(descriptors()).toBe(before);
    });
  },
);

test('whoever catches what serveFile throws may answer another way', async () => {
  const before = descriptors();
  const handlers: HttpHandlers<unknown, unknown> = {
    request(wsi) {
      try {
        wsi.serveFile(`${root}/large.txt`, { fields: [['x-name', '€']] });
      } catch {
        return wsi.reply(400, [], 'no such name');
      }
    },
  };
  expect(await asked(handlers, '/m')).toMatchObject({ answers: ['400 no such name'], codes: [] });
  expect(descriptors()).toBe(before);
});

test.each(kinds)('serveFile behind an answer is refused: a file %s', async (_when, Fops) => {
  const codes: unknown[] = [];
  const handlers: HttpHandlers<unknown, unknown> = {
    request(wsi) {
      wsi.reply(200, [], 'first');
      try {
        wsi.serveFile(`${root}/a.txt`);
      } catch (error) {
        codes.push((error as CodedError).code);
      }
    },
  };
  expect(await asked(handlers, '/m', new Fops())).toMatchObject({
    answers: ['200 first'],
    ended: false,
    codes: [],
  });
  expect(codes).toEqual(['LWS_ERR_HTTP_ANSWERED']);
});
