/**
 * Calls of file operations that a program may have written, and made asynchronous where they are not meant to be: a promise
 * is none of their results, and what it is rejected with ends nothing but the request.
 */
import { coreErrors } from '@lws-ts/core';
import type { CodedError, FopsFile, RoleHost } from '@lws-ts/interface';
import { dropPromise, isThenable } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';

/** @param host whose file it was */
export function closeFile(file: FopsFile, host: RoleHost): void {
  const closing: unknown = file.fops.close(file);
  if (isThenable(closing)) closing.then(undefined, (error: unknown) => reportThrown(host, error));
}

/** Why the file does not stand there: it may have no such place. */
export function seekTo(file: FopsFile, position: number): CodedError | undefined {
  if (file.position === position) return undefined;
  const at = file.fops.seekCur(file, position - file.position);
  return at === position ? undefined : readError(at);
}

/** Why a file that has more to give gave nothing. @param got what a read gave: an error, or no number of bytes; or a seek */
export function readError(got: number | CodedError): CodedError {
  if (dropPromise(got)) return coreErrors.LWS_ERR_HANDLER_ASYNC;
  return typeof got === 'number' ? mountErrors.LWS_ERR_MOUNT_TRUNCATED : got;
}

/** What was thrown when the request was over already. */
export function reportThrown(host: RoleHost, error: unknown): void {
  host.report(coreErrors.LWS_ERR_HANDLER_THREW, String(error));
}
