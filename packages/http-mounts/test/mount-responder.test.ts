import { renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodedError, FileOps, FopsFile, FopsFlags } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, FopsBase } from '@lws-ts/vfs';
import { describe, expect, test } from 'vitest';
import { httpMounts } from '../src/index.ts';
import { descriptors, diskRoot, Mounted } from './mounted.ts';

const root = diskRoot({
  'a.txt': 'alpha',
  'empty.txt': '',
  'page/start.html': '<p>',
  'whole.txt': 'x'.repeat(64 * 1024),
  'large.txt': 'x'.repeat(64 * 1024 + 1),
  'f.unknown': 'f',
});
const origin = `file://${root}`;
const LONG_AGO = new Date('2020-02-02T02:02:02.002Z');
for (const name of ['a.txt', 'large.txt']) utimesSync(join(root, name), LONG_AGO, LONG_AGO);

const plain = new Mounted([{ mountpoint: '/', origin }]);

describe('an answer', () => {
  test('has the fields of the file, in one order', async () => {
    const answer = await plain.ask('/a.txt');
    expect([...answer.fields]).toEqual([
      ['content-type', 'text/plain; charset=utf-8'],
      ['etag', expect.stringMatching(/^"5-[0-9a-z]+"$/)],
      ['last-modified', 'Sun, 02 Feb 2020 02:02:02 GMT'],
      ['accept-ranges', 'bytes'],
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
    ]);
    expect([answer.status, answer.text, answer.length]).toEqual([200, 'alpha', 5]);
  });

  test.each(['/empty.txt', '/whole.txt', '/large.txt'])('of %s has its length', async (path) => {
    const { size } = statSync(join(root, path));
    const answer = await plain.ask(path);
    expect([answer.status, answer.length, answer.bodyLength]).toEqual([200, size, size]);
    const head = await plain.ask({ method: 'HEAD', path });
    expect([head.status, head.length, head.bodyLength]).toEqual([200, size, 0]);
    expect(head.fields).toEqual(answer.fields);
  });

  test.each([
    [{}, 'no-store'],
    [{ cacheMaxAge: 9 }, 'no-store'],
    [{ cacheMaxAge: 9, cacheReusable: true }, 'no-cache'],
    [
      { cacheMaxAge: 9, cacheReusable: true, cacheRevalidate: true },
      'private, max-age=9, must-revalidate',
    ],
    [
      { cacheMaxAge: 9, cacheReusable: true, cacheRevalidate: true, cacheIntermediaries: true },
      'public, max-age=9, must-revalidate',
    ],
  ])('has the cache-control of its mount: %o', async (policy, value) => {
    const cached = new Mounted([{ mountpoint: '/', origin, ...policy }]);
    for (const path of ['/a.txt', '/large.txt', '/page'])
      expect((await cached.ask(path)).fields.get('cache-control')).toBe(value);
    expect((await cached.ask('/none')).fields.get('cache-control')).toBe('no-store');
  });

  test('has no Last-Modified after its Date', async () => {
    const clock = new VirtualClock(Date.UTC(2020, 0, 1));
    const past = new Mounted([{ mountpoint: '/', origin }], { clock });
    const answer = await past.ask('/a.txt');
    expect(answer.fields.get('last-modified')).toBe('Wed, 01 Jan 2020 00:00:00 GMT');
  });

  test('is found by the longest mountpoint; no mount, no answer', async () => {
    const two = new Mounted([
      { mountpoint: '/x', origin },
      { mountpoint: '/x/page', origin: `${origin}/a.txt` },
    ]);
    expect((await two.ask('/x/page')).text).toBe('alpha');
    expect((await two.ask('/x/page/start.html')).status).toBe(404);
    expect((await two.ask('/a.txt')).status).toBe(0);
    expect((await two.ask({ method: 'OPTIONS', path: '*' })).status).toBe(0);
  });

  test('extraMimetypes lets a suffix be served', async () => {
    const extra = new Mounted([{ mountpoint: '/', origin, extraMimetypes: { '*': '' } }]);
    const answer = await extra.ask('/f.unknown');
    expect(answer.fields.get('content-type')).toBe('application/octet-stream');
    expect((await plain.ask('/f.unknown')).status).toBe(404);
  });
});

describe('a directory', () => {
  test.each([
    ['/page', '', '/page/'],
    ['/page', 'a=b&c=%20', '/page/?a=b&c=%20'],
    ['/page', 'x\r\nset-cookie: a', '/page/'],
    ['/page', 'ä', '/page/'],
  ])('%s?%j moves to %s', async (path, query, location) => {
    const answer = await plain.ask({ path, query });
    expect([answer.status, answer.fields.get('location')]).toEqual([301, location]);
  });

  test('gives def', async () => {
    const start = new Mounted([{ mountpoint: '/', origin, def: 'start.html' }]);
    expect((await start.ask('/page/')).text).toBe('<p>');
    expect((await plain.ask('/page/')).status).toBe(404);
    expect((await start.ask('/')).status).toBe(404);
  });
});

describe('a method', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get', 'X'])('%s: 405', async (method) => {
    for (const path of ['/a.txt', '/none', '/page']) {
      const answer = await plain.ask({ method, path });
      expect([answer.status, answer.fields.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect(answer.reported).toEqual(['LWS_ERR_MOUNT_METHOD']);
    }
  });

  test('OPTIONS: 204', async () => {
    const answer = await plain.ask({ method: 'OPTIONS', path: '/a.txt' });
    expect([answer.status, answer.length]).toEqual([204, 0]);
    expect(answer.fields.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(answer.reported).toEqual([]);
  });

  test('is allowed by whatever mount of the path has it', async () => {
    const form = { mountpoint: '/form', origin: '>https://a/', methods: ['POST'] };
    const two = new Mounted([{ mountpoint: '/', origin }, form]);
    const allowOf = async (method: string, path: string) =>
      (await two.ask({ method, path })).fields.get('allow');
    expect(await allowOf('PUT', '/form')).toBe('POST, GET, HEAD, OPTIONS');
    expect(await allowOf('OPTIONS', '/form')).toBe('POST, GET, HEAD, OPTIONS');
    expect(await allowOf('OPTIONS', '/a.txt')).toBe('GET, HEAD, OPTIONS');
  });

  test('is allowed where the mount of files is for it, or one below', async () => {
    const few = { mountpoint: '/x', origin, methods: ['HEAD', 'OPTIONS'] };
    const only = await new Mounted([few]).ask({ method: 'OPTIONS', path: '/x' });
    expect(only.fields.get('allow')).toBe('HEAD, OPTIONS');
    const all = new Mounted([few, { mountpoint: '/', origin: '>https://a/' }]);
    const answer = await all.ask({ method: 'OPTIONS', path: '/x' });
    expect(answer.fields.get('allow')).toBe('HEAD, OPTIONS, GET, POST, PUT, DELETE, PATCH');
  });
});

test('an upgrade is left to the roles', async () => {
  const fields = [['upgrade', 'websocket']] as const;
  expect((await plain.ask({ path: '/a.txt', fields })).status).toBe(0);
});

describe.each(['/a.txt', '/large.txt'])('conditions on %s', (path) => {
  test('304 has the tag and the cache fields, and no body; 412 has its page', async () => {
    const etag = (await plain.ask(path)).fields.get('etag') ?? '';
    const before = descriptors();
    for (const method of ['GET', 'HEAD']) {
      const fields = [['if-none-match', etag]] as const;
      const answer = await plain.ask({ method, path, fields });
      expect([answer.status, answer.bodyLength]).toEqual([304, 0]);
      expect([...answer.fields.keys()]).toEqual([
        'etag',
        'cache-control',
        'x-content-type-options',
      ]);
      expect(answer.fields.get('etag')).toBe(etag);
      const since = [['if-modified-since', 'Sun, 02 Feb 2020 02:02:02 GMT']] as const;
      expect((await plain.ask({ method, path, fields: since })).status).toBe(304);
      const match = [['if-match', '"other"']] as const;
      expect((await plain.ask({ method, path, fields: match })).status).toBe(412);
    }
    expect(descriptors()).toBe(before);
  });
});

/** Counts what reaches the disk. */
class CountingFops extends FopsBase {
  opens = 0;
  reads = 0;

  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    this.opens += 1;
    super.open(path, virtualPath, flags, done);
  }

  override read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    this.reads += 1;
    return super.read(file, into, done);
  }
}

describe('the cache of small files', () => {
  function counted(fileCacheBytes?: number): { fops: CountingFops; mounted: Mounted } {
    const fops = new CountingFops('counting', new DiskFops());
    const limit = fileCacheBytes === undefined ? {} : { fileCacheBytes };
    return { fops, mounted: new Mounted([{ mountpoint: '/', origin }], { fops, ...limit }) };
  }

  test('asks the disk once a second, and reads again only what changed', async () => {
    const { fops, mounted } = counted();
    for (let ms = 0; ms < 3000; ms += 100) {
      expect((await mounted.ask('/a.txt')).text).toBe('alpha');
      await mounted.clock.advance(100);
    }
    expect([fops.opens, fops.reads]).toEqual([3, 1]);
  });

  test.each([
    ['with it', undefined, 1],
    ['without it', 0, 3],
    ['too small', 1000, 3],
  ])('%s', async (_name, limit, opens) => {
    const { fops, mounted } = counted(limit);
    for (let time = 0; time < 3; time++) await mounted.ask('/a.txt');
    expect([fops.opens, fops.reads]).toEqual([opens, opens]);
  });

  test('a large file is never in it', async () => {
    const { fops, mounted } = counted();
    for (let time = 0; time < 3; time++) await mounted.ask('/large.txt');
    expect(fops.opens).toBe(3);
  });

  test('a changed, replaced or removed file shows after a second', async () => {
    const { mounted } = counted();
    const file = join(root, 'changing.txt');
    const see = async (): Promise<string | number> => {
      const answer = await mounted.ask('/changing.txt');
      return answer.status === 200 ? answer.text : answer.status;
    };
    writeFileSync(file, 'one');
    expect(await see()).toBe('one');
    writeFileSync(file, 'two2');
    expect(await see()).toBe('one');
    await mounted.clock.advance(1000);
    expect(await see()).toBe('two2');
    writeFileSync(`${file}.new`, 'three');
    renameSync(`${file}.new`, file);
    await mounted.clock.advance(1000);
    expect(await see()).toBe('three');
    unlinkSync(file);
    await mounted.clock.advance(1000);
    expect(await see()).toBe(404);
  });

  test.each(['/kept.txt', '/keptlarge.txt'])(
    '%s that is replaced by one of the same length and time is seen',
    async (path) => {
      const { mounted } = counted();
      const content = path === '/kept.txt' ? 'one' : 'one'.repeat(100_000);
      for (const text of [content, content.replaceAll('one', 'two')]) {
        writeFileSync(join(root, `${path}.new`), text);
        utimesSync(join(root, `${path}.new`), LONG_AGO, LONG_AGO);
        renameSync(join(root, `${path}.new`), join(root, path));
        await mounted.clock.advance(1000);
        for (let each = 0; each < 3; each++)
          expect((await mounted.ask(path)).text === text).toBe(true);
        // a change time has a grain
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    },
  );

  test('a second change within one tick of the file system clock is seen', async () => {
    const stamp = new Date('2026-01-01T00:00:00.500Z');
    const clock = new VirtualClock(stamp.getTime() + 1);
    const mounted = new Mounted([{ mountpoint: '/', origin }], { clock });
    const file = join(root, 'tick.txt');
    writeFileSync(file, 'one');
    utimesSync(file, stamp, stamp);
    expect((await mounted.ask('/tick.txt')).text).toBe('one');
    writeFileSync(file, 'two');
    utimesSync(file, stamp, stamp);
    await clock.advance(1000);
    expect((await mounted.ask('/tick.txt')).text).toBe('two');
  });

  test('conditions are answered from it', async () => {
    const { fops, mounted } = counted();
    const etag = (await mounted.ask('/a.txt')).fields.get('etag') ?? '';
    const fields = [['if-none-match', `"x", ${etag}`]] as const;
    expect((await mounted.ask({ path: '/a.txt', fields })).status).toBe(304);
    expect((await mounted.ask({ method: 'HEAD', path: '/a.txt' })).length).toBe(5);
    expect(fops.opens).toBe(1);
  });

  test('two mounts of one directory do not share answers', async () => {
    const both = new Mounted([
      { mountpoint: '/', origin },
      { mountpoint: '/b', origin, cacheReusable: true, cacheMaxAge: 1 },
    ]);
    expect((await both.ask('/a.txt')).fields.get('cache-control')).toBe('no-store');
    expect((await both.ask('/b/a.txt')).fields.get('cache-control')).toBe('no-cache');
    expect((await both.ask('/a.txt')).fields.get('cache-control')).toBe('no-store');
  });
});

/** File operations that fail, in one way each. */
class FailingFops extends FopsBase {
  readonly #error: CodedError;
  readonly #onRead: boolean;

  constructor(error: CodedError, onRead: boolean) {
    super('failing', new DiskFops());
    this.#error = error;
    this.#onRead = onRead;
  }

  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    if (this.#onRead) super.open(path, virtualPath, flags, done);
    else done(this.#error);
  }

  override read(): number | CodedError | undefined {
    return this.#error;
  }
}

describe('what file operations say', () => {
  const error = (code: CodedError['code'], status?: number): CodedError => ({
    code,
    message: 'made up',
    hint: 'None.',
    ...(status === undefined ? {} : { status }),
  });

  test.each([
    ['LWS_ERR_VFS_NOT_FOUND', 404, 404, []],
    ['LWS_ERR_VFS_ACCESS', 403, 403, ['LWS_ERR_VFS_ACCESS']],
    ['LWS_ERR_VFS_NO_DESCRIPTORS', 503, 503, ['LWS_ERR_VFS_NO_DESCRIPTORS']],
    ['LWS_ERR_VFS_IO', 500, 500, ['LWS_ERR_VFS_IO']],
    ['LWS_ERR_SOMEBODY_ELSE', undefined, 500, ['LWS_ERR_SOMEBODY_ELSE']],
  ] as const)('%s (%s) is answered %i', async (code, status, answered, reported) => {
    const failing = new FailingFops(error(code, status), false);
    const answer = await new Mounted([{ mountpoint: '/', origin }], { fops: failing }).ask(
      '/a.txt',
    );
    expect([answer.status, answer.reported]).toEqual([answered, reported]);
    expect(answer.text).toContain(`<h1>${answered}</h1>`);
    expect(answer.fields.get('retry-after')).toBe(answered === 503 ? '1' : undefined);
  });

  test('a read that fails is a 500, or the end of what was begun', async () => {
    const before = descriptors();
    const failing = new FailingFops(error('LWS_ERR_VFS_IO', 500), true);
    const mounted = new Mounted([{ mountpoint: '/', origin }], { fops: failing });
    expect((await mounted.ask('/a.txt')).status).toBe(500);
    expect((await mounted.ask('/large.txt')).aborted).toBe('LWS_ERR_VFS_IO');
    expect(descriptors()).toBe(before);
  });

  test.each([0, 1, 3, 5])('a small file that ends after %i bytes', async (bytes) => {
    let left = bytes;
    class ShortFops extends FopsBase {
      override read(
        file: FopsFile,
        into: Uint8Array,
        done: (got: number | CodedError) => void,
      ): number | CodedError | undefined {
        const got = super.read(file, into.subarray(0, Math.min(1, left)), done);
        left -= Number(got);
        return got;
      }
    }
    const before = descriptors();
    const fops = new ShortFops('short', new DiskFops());
    const answer = await new Mounted([{ mountpoint: '/', origin }], { fops }).ask('/a.txt');
    expect(answer.status).toBe(bytes === 5 ? 200 : 500);
    expect(answer.reported).toEqual(bytes === 5 ? [] : ['LWS_ERR_MOUNT_TRUNCATED']);
    expect(descriptors()).toBe(before);
  });

  test('gzipped bytes are named so', async () => {
    class GzipFops extends FopsBase {
      override open(
        path: string,
        virtualPath: string,
        flags: FopsFlags,
        done: (file: FopsFile | CodedError) => void,
      ): void {
        super.open(path, virtualPath, flags, (opened) => {
          if ('fops' in opened) Object.defineProperty(opened, 'gzip', { value: true });
          done(opened);
        });
      }
    }
    const fops = new GzipFops('gzip', new DiskFops());
    const answer = await new Mounted([{ mountpoint: '/', origin }], { fops }).ask('/a.txt');
    expect(answer.fields.get('content-encoding')).toBe('gzip');
    expect(answer.fields.get('etag')).toMatch(/-gzip"$/);
  });

  test('a file without a time has no validators and is not kept', async () => {
    class TimelessFops extends FopsBase {
      opens = 0;

      override open(
        path: string,
        virtualPath: string,
        flags: FopsFlags,
        done: (file: FopsFile | CodedError) => void,
      ): void {
        this.opens += 1;
        super.open(path, virtualPath, flags, (opened) => {
          if ('fops' in opened) Object.defineProperty(opened, 'modTime', { value: undefined });
          done(opened);
        });
      }
    }
    const fops = new TimelessFops('timeless', new DiskFops());
    const mounted = new Mounted([{ mountpoint: '/', origin }], { fops });
    for (let time = 0; time < 2; time++)
      expect([...(await mounted.ask('/a.txt')).fields.keys()]).toEqual([
        'content-type',
        'accept-ranges',
        'cache-control',
        'x-content-type-options',
      ]);
    expect(fops.opens).toBe(2);
  });

  test('operations that wait are waited for', async () => {
    class LaterFops extends FopsBase {
      override open(
        path: string,
        virtualPath: string,
        flags: FopsFlags,
        done: (file: FopsFile | CodedError) => void,
      ): void {
        setImmediate(() => void super.open(path, virtualPath, flags, done));
      }
    }
    const fops: FileOps = new LaterFops('later', new DiskFops({ syncBytes: 0 }));
    const mounted = new Mounted([{ mountpoint: '/', origin }], { fops });
    expect((await mounted.ask('/a.txt')).text).toBe('alpha');
    expect((await mounted.ask('/large.txt')).bodyLength).toBe(64 * 1024 + 1);
    expect((await mounted.ask('/none')).status).toBe(404);
    expect((await mounted.ask('/page')).status).toBe(301);
  });
});

test('a mount of a protocol that the vhost does not have is refused', () => {
  const mount = { mountpoint: '/form', origin: 'callback://missing' };
  expect(() => new Mounted([mount])).toThrow(
    expect.objectContaining({
      code: 'LWS_ERR_MOUNT_PROTOCOL',
      message: expect.stringContaining('/form of vhost default names "missing"'),
    }),
  );
});

describe('without file operations', () => {
  test('a mount is refused, and no mount is fine', () => {
    expect(() => new Mounted([{ mountpoint: '/', origin }], { fops: undefined })).toThrow(
      expect.objectContaining({
        code: 'LWS_ERR_MOUNT_FOPS',
        hint: expect.stringContaining('@lws-ts/vfs'),
      }),
    );
    const { clock } = plain;
    const context = {
      clock,
      options: {},
      roles: [],
      responders: [],
      run: (job: () => void) => job(),
      prepareClient: () => () => undefined,
      descriptors: { hasRoom: () => true, opened: () => undefined },
      log: () => undefined,
    };
    const installed = httpMounts().install(context);
    expect(() => installed.vhostCreated?.({ ...plain.vhost, options: {} })).not.toThrow();
  });

  test('the module names what it needs', () => {
    expect([httpMounts().name, httpMounts().needs]).toEqual([
      '@lws-ts/http-mounts',
      ['@lws-ts/http'],
    ]);
  });
});
