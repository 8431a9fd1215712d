import type { HttpAnswer } from '@lws-ts/interface';
import type { ContentCoding } from './content-coding.ts';
import type { FileMount } from './mount.ts';

/** Begins to answer with a file that a protocol rewrites; undefined: none does. */
export type Interpreting = (mount: FileMount, virtualPath: string) => HttpAnswer | undefined;

/** What a file was asked for by. */
export interface FileRequest {
  readonly mount: FileMount;
  /** Below the mount's root; empty for the root itself. */
  readonly virtualPath: string;
  /** Those that may be sent, the best first. */
  readonly codings: readonly ContentCoding[];
  /** Names of fields that had a say in which file it is. */
  readonly vary: string;
  /** Asked of every other file that comes in its place. */
  readonly interpret: Interpreting | undefined;
}

/** The name of a file among those of all mounts of a context, in one of its encodings. */
export function fileKey(mount: FileMount, virtualPath: string, coding: ContentCoding): string {
  const name = mount.id + virtualPath;
  if (coding.passesGzip) return ` ${name}`;
  return coding.name === '' ? name : `${coding.name} ${name}`;
}

const KEPT = 64;

interface KnownKey {
  readonly mount: FileMount;
  readonly virtualPath: string;
  readonly coding: ContentCoding;
  readonly key: string;
}

/** Keys that were lately made: who asks for the same file again has the same string, of which a map knows the hash. */
export class RecentFileKeys {
  readonly #keys: (KnownKey | undefined)[];

  constructor() {
    this.#keys = Array.from({ length: KEPT }, () => undefined);
  }

  /** {@link fileKey} of the same. */
  key(mount: FileMount, virtualPath: string, coding: ContentCoding): string {
    const { length } = virtualPath;
    const last = length === 0 ? 0 : virtualPath.charCodeAt(length - 1);
    const middle = length === 0 ? 0 : virtualPath.charCodeAt(length >> 1);
    const place = (length * 31 + last * 7 + middle) % KEPT;
    const known = this.#keys[place];
    if (
      known !== undefined &&
      known.mount === mount &&
      known.coding === coding &&
      known.virtualPath === virtualPath
    )
      return known.key;
    const key = fileKey(mount, virtualPath, coding);
    this.#keys[place] = { mount, virtualPath, coding, key };
    return key;
  }
}
