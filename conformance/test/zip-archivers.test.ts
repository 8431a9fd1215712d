/** Archives that others made, behind a mount: every file by HTTP, in both encodings, whole and in ranges. */
import { realpathSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { type Context, createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { vfs } from '@lws-ts/vfs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archivers, type Tree, trees, withArchive } from '../../packages/vfs/test/zip/archivers.ts';

const root = realpathSync(tmpdir());
const modules = () => [http(), httpMounts(), vfs()] as const;
let context: Context<ReturnType<typeof modules>>;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function get(path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ port: context.vhosts[0]?.port, path, headers, agent: false }, (message) => {
      const pieces: Buffer[] = [];
      message.on('data', (piece: Buffer) => pieces.push(piece));
      message.on('end', () => {
        const { statusCode: status, headers: fields } = message;
        resolve({ status, headers: fields, body: Buffer.concat(pieces) });
      });
      message.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

beforeAll(async () => {
  context = await createContext({
    use: modules(),
    port: 0,
    interface: '127.0.0.1',
    mounts: [
      {
        mountpoint: '/',
        origin: `file://${root}`,
        extraMimetypes: { '*': 'application/octet-stream' },
      },
    ],
  });
});

afterAll(async () => {
  await context.close({ deadlineSecs: 0 });
});

async function compare(zip: string, files: Tree, from: number, bytes: number): Promise<void> {
  for (const [file, data] of Object.entries(files)) {
    const segments = file.split('/').map((segment) => encodeURIComponent(segment));
    const path = `${zip.slice(root.length)}/${segments.join('/')}`;
    for (const coding of ['identity', 'gzip']) {
      const whole = await get(path, { 'accept-encoding': coding });
      expect([whole.status, whole.headers['content-length']]).toEqual([
        200,
        String(whole.body.length),
      ]);
      const isGzip = whole.headers['content-encoding'] === 'gzip';
      expect(Buffer.compare(isGzip ? gunzipSync(whole.body) : whole.body, data)).toBe(0);
      if (whole.body.length === 0) continue;
      const start = from % whole.body.length;
      const end = start + (bytes % (whole.body.length - start));
      const part = await get(path, { 'accept-encoding': coding, range: `bytes=${start}-${end}` });
      expect([part.status, part.headers['content-range'], part.headers.etag]).toEqual([
        206,
        `bytes ${start}-${end}/${whole.body.length}`,
        whole.headers.etag,
      ]);
      expect(Buffer.compare(part.body, whole.body.subarray(start, end + 1))).toBe(0);
    }
  }
}

describe.each(archivers)('%s', (_name, there, make) => {
  test.skipIf(!there)(
    'any tree is served as it was (skipped where the Debian packages zip and python3 are missing)',
    async () => {
      expect.hasAssertions();
      const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
      await fc.assert(
        fc.asyncProperty(trees, fc.nat(), fc.nat(), async (files, from, bytes) => {
          await withArchive(make, files, (zip) => compare(realpathSync(zip), files, from, bytes));
        }),
        { numRuns: Math.ceil(2 * depth) },
      );
    },
    3_600_000,
  );
});
