/**
 * Calls of the file operations below, which a program may have written: what they throw or give a promise of, where nobody
 * is in the middle of a call any longer, must end no process.
 */
import {
  type CodedError,
  dropPromise,
  type FileOps,
  type FopsFile,
  type FopsFlags,
  isRecord,
  isThenable,
  LwsError,
} from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';
import type { Transferred } from './virtual-file.ts';

/** What `open` gives back. */
export type Opening = void | PromiseLike<void>;

/**
 * Opens, and goes on with what was opened. What has to be waited for is a promise, which is rejected with whatever is
 * thrown behind the wait, or is rejected there; what is thrown before is thrown.
 */
export function openBelow(
  fops: FileOps,
  path: string,
  virtualPath: string,
  flags: FopsFlags,
  goOn: (opened: FopsFile | CodedError) => Opening,
): Opening {
  let before: { readonly rest: Opening } | undefined;
  let behind: ((opened: FopsFile | CodedError) => void) | undefined;
  const opening = fops.open(path, virtualPath, flags, (opened) => {
    if (behind === undefined) before = { rest: goOn(opened) };
    else behind(opened);
  });
  if (before !== undefined) return both(opening, before.rest);
  const rest = new Promise<void>((resolve, reject) => {
    behind = (opened) => {
      try {
        resolve(goOn(opened));
      } catch (error) {
        reject(error);
      }
    };
  });
  return both(opening, rest);
}

/** As `read` of the file's operations. What they throw is an error, and so is what is no number of bytes; less than none is none. */
export function readBelow(
  file: FopsFile,
  into: Uint8Array,
  done: Transferred,
): number | CodedError | undefined {
  try {
    const got = file.fops.read(file, into, (later) => done(judged(file, later)));
    return got === undefined ? undefined : judged(file, got);
  } catch (cause) {
    return failed(`read of ${file.fops.name} threw`, cause);
  }
}

/** Where nobody can be told how it went. */
export function closeBelow(file: FopsFile): void {
  dropPromise(file.fops.close(file));
}

function both(one: Opening, other: Opening): Opening {
  if (!isThenable(one)) return other;
  return isThenable(other) ? Promise.all([one, other]).then(() => undefined) : one;
}

function judged({ fops }: FopsFile, got: number | CodedError): number | CodedError {
  if (typeof got === 'number') return got > 0 ? got : 0;
  if (!dropPromise(got) && isRecord(got) && typeof got.code === 'string') return got;
  return failed(`read of ${fops.name} gave no number of bytes`);
}

function failed(detail: string, cause?: unknown): CodedError {
  return new LwsError(vfsErrors.LWS_ERR_VFS_IO, detail, { cause });
}
