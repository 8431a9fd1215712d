import { atOnce, lwslWarn } from '@lws-ts/core';
import {
  type ContextView,
  type FileOps,
  type HttpResponder,
  LwsError,
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
import type { FileMount } from './mount.ts';
import { MountResponder } from './mount-responder.ts';
import type { MountTable } from './mount-table.ts';
import type { HttpMountsContextOptions } from './options.ts';
import { PIECE_BYTES, PiecePool, SPARE_PIECES } from './piece-pool.ts';
import { Upstreams } from './proxy/upstreams.ts';

/** Who answers for the mounts of a context, and what ends with it. */
export interface ServedMounts {
  readonly responder: Required<HttpResponder>;
  readonly destroy: () => void;
}

/** @param fops what files are opened by, where a module brought it */
export function serveMounts(
  context: ContextView,
  limits: Required<HttpMountsContextOptions>,
  fops: FileOps | undefined,
): ServedMounts {
  const scripts = new CgiScripts(context, limits.maxScriptsTotal);
  const responder = new MountResponder({
    fops: fops ?? absentFops,
    clock: context.clock,
    cache: new FileCache(limits.fileCacheBytes),
    codings: new CodingChooser(),
    absent: new AbsentSiblings(),
    logins: new LoginAttempts(limits.loginAttemptsPerMinute),
    pieces: new PiecePool(PIECE_BYTES, SPARE_PIECES),
    large: new LargeFiles(limits.largeFileCacheBytes),
    scripts,
    responders: context.responders,
    upstreams: new Upstreams(context.prepareClient.bind(context), context.clock),
  });
  return { responder, destroy: () => scripts.destroy() };
}

/** What a mount can only know of the vhost that it is on. */
export function checkVhost(vhost: VhostView, table: MountTable, fops: FileOps | undefined): void {
  for (const mount of table.mounts) {
    if (mount.kind === 'file') {
      if (fops === undefined)
        throw new LwsError(mountErrors.LWS_ERR_MOUNT_FOPS, `vhost ${vhost.name}`);
      checkOrigin(mount, fops, vhost);
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
 * that cannot be judged at once is judged by its first request. One that is not there may still come: a warning.
 */
function checkOrigin({ mountpoint, root }: FileMount, fops: FileOps, vhost: VhostView): void {
  const refusal = atOnce(fops.checkRoot?.(root), `checkRoot for the origin of ${mountpoint}`);
  if (refusal?.status === 404)
    lwslWarn(`vhost ${vhost.name}: the origin of mount ${mountpoint} does not exist: ${root}`);
  else if (refusal !== undefined)
    throw new LwsError(refusal, `the origin of ${mountpoint}, ${root}`, { cause: refusal });
}
