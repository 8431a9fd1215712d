import type { CodedError, FopsFile } from '@lws-ts/interface';
import { readBelow } from './calls-below.ts';
import type { Transferred } from './virtual-file.ts';

/**
 * Fills `into` from `position` of the file on, in as many reads as it takes; fewer bytes come only at the
 * file's end. `done` may be called before this returns.
 */
export function readFully(
  file: FopsFile,
  position: number,
  into: Uint8Array,
  done: Transferred,
): void {
  file.position = position;
  readOn(file, into, 0, done);
}

function readOn(file: FopsFile, into: Uint8Array, filled: number, done: Transferred): void {
  let at = filled;
  while (at < into.length) {
    const got = readBelow(file, at === 0 ? into : into.subarray(at), (later) => {
      if (typeof later !== 'number') done(later);
      else if (later === 0) done(at);
      else readOn(file, into, at + later, done);
    });
    if (got === undefined) return;
    if (typeof got !== 'number') {
      done(got);
      return;
    }
    if (got === 0) break;
    at += got;
  }
  done(at);
}

/** As {@link readFully}; a file that ends before is `short`. */
export function readExactly(
  file: FopsFile,
  position: number,
  into: Uint8Array,
  short: CodedError,
  done: (error: CodedError | undefined) => void,
): void {
  readFully(file, position, into, (got) => {
    if (typeof got !== 'number') done(got);
    else done(got === into.length ? undefined : short);
  });
}
