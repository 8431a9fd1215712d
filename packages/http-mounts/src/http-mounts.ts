import {
  type FileOps,
  LwsError,
  type LwsModule,
  type OptionRules,
  resolvedBy,
  type VhostView,
} from '@lws-ts/interface';
import { absentFops } from './absent-fops.ts';
import { AbsentSiblings } from './absent-siblings.ts';
import { CgiScripts } from './cgi/cgi-scripts.ts';
import { CodingChooser } from './content-coding.ts';
import { mountErrors } from './errors.ts';
import { FileCache } from './file-cache.ts';
import { LargeFiles } from './large-files.ts';
import { LoginAttempts } from './login-attempts.ts';
import type { FileMount, Mount } from './mount.ts';
import { MountResponder } from './mount-responder.ts';
import { checkMounts, MountTable } from './mount-table.ts';
import { PIECE_BYTES, PiecePool, SPARE_PIECES } from './piece-pool.ts';
import { Upstreams } from './proxy/upstreams.ts';

/** What the module adds to the options of a context. */
export interface HttpMountsContextOptions {
  /**
   * Memory for small files that were served lately, in bytes; the least recently used go first. A file is
   * served from it for a second before the disk is asked whether it changed. 0 keeps none.
   *
   * @defaultValue 8388608
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1 GiB
   */
  readonly fileCacheBytes?: number;
  /**
   * Memory for files over 64 KiB that are asked for twice within 10 seconds, in bytes: all transfers of such a file share
   * one copy, and read it from the disk once. Each request still asks the disk whether the file changed. A file that has
   * no room beside those of the last 10 seconds is read by each transfer for itself. 0 keeps none.
   *
   * @defaultValue 33554432
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1 GiB
   */
  readonly largeFileCacheBytes?: number;
  /**
   * Wrong names or passwords that one address, or one /64 of IPv6, may send to mounts with a login file, at once and in
   * each minute after that. Over it whoever sends a name is answered 429, unheard. 0: no limit.
   *
   * @defaultValue 10
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1000000
   */
  readonly loginAttemptsPerMinute?: number;
  /**
   * Scripts that run at a time, of all `cgi://` mounts of the context together, beside `maxScripts` of each. One more is
   * answered 503 with Retry-After.
   *
   * @defaultValue 64
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 16384
   */
  readonly maxScriptsTotal?: number;
}

/** What the module adds to the options of a vhost. */
export interface HttpMountsVhostOptions {
  /**
   * The mounts of the vhost's URL space, in any order: the longest mountpoint that holds a path serves it.
   * lws: info.mounts
   *
   * @defaultValue none
   */
  readonly mounts?: readonly Mount[];
}

const GIB = 1024 * 1024 * 1024;

const contextRules: OptionRules<HttpMountsContextOptions> = {
  fileCacheBytes: { kind: 'integer', fallback: 8 * 1024 * 1024, min: 0, max: GIB },
  largeFileCacheBytes: { kind: 'integer', fallback: 32 * 1024 * 1024, min: 0, max: GIB },
  loginAttemptsPerMinute: { kind: 'integer', fallback: 10, min: 0, max: 1_000_000 },
  maxScriptsTotal: { kind: 'integer', fallback: 64, min: 1, max: 16_384 },
};

/**
 * The module that serves mounts.
 *
 * Files are opened by the context option `fops`, as `@lws-ts/vfs` brings it: `open(root, virtualPath)`,
 * where the root is the mount's origin, which nothing that a peer asks for may leave.
 */
export function httpMounts(): LwsModule<HttpMountsContextOptions, HttpMountsVhostOptions> {
  let ids = 0;
  const nextId = (): number => ++ids;
  return {
    name: '@lws-ts/http-mounts',
    needs: ['@lws-ts/http'],
    contextOptions: contextRules,
    vhostOptions: {
      mounts: {
        kind: 'custom',
        fallback: new MountTable([]),
        check: (value, name) => checkMounts(value, name, nextId),
      },
    },
    install(context) {
      const fops = context.options['fops'] as FileOps | undefined;
      const { fileCacheBytes, largeFileCacheBytes, loginAttemptsPerMinute, maxScriptsTotal } =
        resolvedBy<Required<HttpMountsContextOptions>>(contextRules, context.options);
      const services = {
        fops: fops ?? absentFops,
        clock: context.clock,
        cache: new FileCache(fileCacheBytes),
        codings: new CodingChooser(),
        absent: new AbsentSiblings(),
        logins: new LoginAttempts(loginAttemptsPerMinute),
        pieces: new PiecePool(PIECE_BYTES, SPARE_PIECES),
        large: new LargeFiles(largeFileCacheBytes),
        scripts: new CgiScripts(context, maxScriptsTotal),
        responders: context.responders,
        upstreams: new Upstreams(context.prepareClient.bind(context), context.clock),
      };
      return {
        responders: [new MountResponder(services)],
        vhostCreated(vhost) {
          const table = vhost.options['mounts'];
          if (table instanceof MountTable) checkVhost(vhost, table, fops);
        },
        destroy: () => services.scripts.destroy(),
      };
    },
  };
}

/** What a mount can only know of the vhost that it is on. */
function checkVhost(vhost: VhostView, table: MountTable, fops: FileOps | undefined): void {
  for (const mount of table.mounts) {
    if (mount.kind === 'file') {
      if (fops === undefined)
        throw new LwsError(mountErrors.LWS_ERR_MOUNT_FOPS, `vhost ${vhost.name}`);
      checkOrigin(mount, fops);
      for (const [suffix, name] of mount.interpret)
        if (vhost.protocolByName(name)?.spec.http?.processHtml === undefined)
          throw noProtocol(vhost, `interpret ${suffix} of ${mount.mountpoint}`, name);
    }
    if (mount.kind === 'cgi' && mount.protocol !== undefined)
      if (vhost.protocolByName(mount.protocol)?.spec.cgi === undefined)
        throw noProtocol(vhost, `protocol of ${mount.mountpoint}`, mount.protocol);
    if (mount.kind === 'callback' && vhost.protocolByName(mount.protocol) === undefined)
      throw noProtocol(vhost, mount.mountpoint, mount.protocol);
  }
}

function noProtocol(vhost: VhostView, what: string, name: string): LwsError {
  return new LwsError(
    mountErrors.LWS_ERR_MOUNT_PROTOCOL,
    `${what} of vhost ${vhost.name} names ${JSON.stringify(name)}`,
  );
}

/**
 * An origin that would be answered 500 whatever is asked for, such as a damaged archive, is refused at once. One
 * that cannot be judged at once is judged by its first request, and one that is not there yet may still come.
 */
function checkOrigin({ mountpoint, root }: FileMount, fops: FileOps): void {
  const refusal = fops.checkRoot?.(root);
  if (refusal !== undefined)
    throw new LwsError(refusal, `the origin of ${mountpoint}, ${root}`, { cause: refusal });
}
