/** The test server itself: one vhost with the page, its files and the protocols the page speaks. */
import { type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliErrors } from '@lws-ts/cli';
import {
  createContext,
  dumbIncrement,
  getFops,
  type LwsContext,
  LwsError,
  lwsMirror,
  lwsStatus,
  type Mount,
  permessageDeflate,
  postDemo,
  rawTest,
  setFops,
} from 'lws-ts';
import { LoggingFops } from './logging-fops.ts';

import type { ServerSsl } from './ssl-options.ts';

/** What {@link startTestServer} is told. */
export interface TestServerOptions {
  /** @defaultValue 7681 */
  readonly port?: number;
  /** @defaultValue all interfaces */
  readonly interface?: string;
  /** Directory to serve at `/`. @defaultValue the page that comes with the package */
  readonly resourcePath?: string;
  /** A FIFO that is made, and printed as lines of the log. @defaultValue none */
  readonly fifoPath?: string;
  /** Serve `https:` and `wss:`. @defaultValue none */
  readonly ssl?: ServerSsl;
}

/** What one address may have at a time, as the test server of lws has it. */
const peerShare = { ipLimitWsi: 105, ipLimitAh: 24 };

const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Largest file that the form takes, in bytes: what is in it is counted and forgotten. */
const largestUpload = 20_000_000;
/** What may stand around the files of a form, in bytes. */
const aroundUploads = 1_000_000;

/** The page and assets that come with the package. */
export const builtInResourcePath: string = fileURLToPath(new URL('../www', import.meta.url));
const common = createRequire(import.meta.url).resolve('@lws-ts/protocols/lws-common.js');

const candide = fileURLToPath(new URL('../candide.zip', import.meta.url));

/** What the test server serves, for a directory at `/`. */
export function testServerMounts(root: string): readonly Mount[] {
  return [
    { mountpoint: '/', origin: `file://${root}`, def: 'test.html' },
    { mountpoint: '/lws-common.js', origin: `file://${common}` },
    {
      mountpoint: '/formtest',
      origin: 'callback://protocol-post-demo',
      maxHttpBodySize: largestUpload + aroundUploads,
    },
    { mountpoint: '/ziptest', origin: `file://${candide}`, def: 'candide.html' },
  ];
}

/**
 * Starts the test server.
 *
 * @throws (rejects) `LWS_ERR_PATH` when there is no such directory; `LWS_ERR_LISTEN`; `LWS_ERR_PVO` when there can be no FIFO
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<LwsContext> {
  const root = rootOf(options);
  assertDirectory(root);
  const context = await createContext({
    ...peerShare,
    vhosts: [
      {
        name: 'localhost',
        port: options.port ?? 7681,
        ...(options.interface === undefined ? {} : { interface: options.interface }),
        ...options.ssl?.options,
        headers: {
          'content-security-policy': contentSecurityPolicy,
          'referrer-policy': 'no-referrer',
        },
        protocols: [
          dumbIncrement.with({ default: true }),
          lwsMirror,
          lwsStatus,
          postDemo.with({ stylesheet: '/test.css', maxFileBytes: largestUpload }),
          rawTest.with({
            raw: true,
            ...(options.fifoPath === undefined ? {} : { fifoPath: options.fifoPath }),
          }),
        ],
        fallbackToRaw: true,
        extensions: [permessageDeflate()],
        mounts: testServerMounts(root),
      },
    ],
  });
  setFops(context, new LoggingFops('test-server', getFops(context)));
  return context;
}

/** The directory that stands at `/`. */
export function rootOf(options: TestServerOptions): string {
  return resolve(options.resourcePath ?? builtInResourcePath);
}

function assertDirectory(path: string): void {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // a file stands where a directory would have to: what is below it is not there either
    if (code !== 'ENOTDIR') throw noRoot(path, `cannot be looked at: ${message}`);
  }
  if (found === undefined) throw noRoot(path, 'does not exist');
  if (!found.isDirectory()) throw noRoot(path, 'is not a directory');
}

function noRoot(path: string, why: string): LwsError {
  return new LwsError(cliErrors.LWS_ERR_PATH, `the resource path ${path} ${why}`);
}
