import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type ContextView,
  type FileOps,
  type HttpResponder,
  resolveOptions,
  type VhostView,
} from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { DiskFops } from '@lws-ts/vfs';
import { afterAll } from 'vitest';
import { httpMounts, type Mount } from '../src/index.ts';
import { exchangeWith, type FakeExchange, type FakeRequest } from './fake-exchange.ts';

/** A directory of its own with these files in it, removed after the tests of the file. */
export function diskRoot(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lws-mounts-')));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** Descriptors of this process, where they can be counted; the one that counts is among them each time. */
export function descriptors(): number | undefined {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : undefined;
}

export interface MountedOptions {
  readonly fops?: FileOps | undefined;
  readonly clock?: VirtualClock;
  readonly fileCacheBytes?: number;
  readonly largeFileCacheBytes?: number;
  readonly loginAttemptsPerMinute?: number;
}

/** Mounts installed in a context that is not there. */
export class Mounted {
  readonly clock: VirtualClock;
  readonly responder: HttpResponder;
  readonly vhost: VhostView;

  constructor(mounts: readonly Mount[], options: MountedOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    const module = httpMounts();
    const { fileCacheBytes, largeFileCacheBytes, loginAttemptsPerMinute } = options;
    const given = {
      ...(fileCacheBytes === undefined ? {} : { fileCacheBytes }),
      ...(largeFileCacheBytes === undefined ? {} : { largeFileCacheBytes }),
      ...(loginAttemptsPerMinute === undefined ? {} : { loginAttemptsPerMinute }),
    };
    const contextOptions = resolveOptions(module.contextOptions, given, 'the context');
    const fops = 'fops' in options ? options.fops : new DiskFops();
    const context: ContextView = {
      clock: this.clock,
      descriptors: { hasRoom: () => true, opened: () => undefined },
      options: { ...contextOptions, fops },
      roles: [],
      responders: [],
      run: (job) => job(),
      prepareClient: () => () => undefined,
      log: () => undefined,
    };
    this.vhost = {
      name: 'default',
      port: 80,
      options: resolveOptions(module.vhostOptions, { mounts }, 'vhost default'),
      counters: {
        rx: 0,
        tx: 0,
        h1_conn: 0,
        h1_trans: 0,
        ah_waits: 0,
        ws_upg: 0,
        ssl_cert_end: 0,
        rejected: 0,
        refused: new Map(),
      },
      protocols: [],
      protocolByName: () => undefined,
      defaultProtocol: undefined,
    };
    const installed = module.install(context);
    installed.vhostCreated?.(this.vhost);
    const responder = installed.responders?.[0];
    if (responder === undefined) throw new Error('no responder');
    this.responder = responder;
  }

  ask(request: FakeRequest | string): Promise<FakeExchange> {
    const full = typeof request === 'string' ? { path: request } : request;
    return exchangeWith(this.responder, full, this.vhost);
  }
}
