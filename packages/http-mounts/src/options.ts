import type { OptionRules } from '@lws-ts/interface';
import type { Mount } from './mount.ts';

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

/** How each option of a context is read. */
export const contextRules: OptionRules<HttpMountsContextOptions> = {
  fileCacheBytes: { kind: 'integer', fallback: 8 * 1024 * 1024, min: 0, max: GIB },
  largeFileCacheBytes: { kind: 'integer', fallback: 32 * 1024 * 1024, min: 0, max: GIB },
  loginAttemptsPerMinute: { kind: 'integer', fallback: 10, min: 0, max: 1_000_000 },
  maxScriptsTotal: { kind: 'integer', fallback: 64, min: 1, max: 16_384 },
};
