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
