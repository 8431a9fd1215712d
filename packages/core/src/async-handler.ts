/** What untyped programs give in place of what is needed at once: promises. */
import { type BoundProtocol, dropPromise, LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { lwslErr } from './log.ts';
import { showThrown } from './show-thrown.ts';

/** What a handler or a factory of a protocol gave. @throws `LWS_ERR_HANDLER_ASYNC` for a promise: nobody would wait for it */
export function atOnce<T>(given: T, what?: string): T {
  if (!dropPromise(given)) return given;
  throw new LwsError(coreErrors.LWS_ERR_HANDLER_ASYNC, what);
}

/** A new session of a protocol. @throws `LWS_ERR_HANDLER_ASYNC` */
export function sessionOf({ name, spec }: BoundProtocol): unknown {
  return atOnce(spec.session?.(), `session of protocol ${name}`);
}

/** The log line of a promise that a handler returned and that was rejected later. */
export function sayRejection(reason: unknown): void {
  const { code } = coreErrors.LWS_ERR_HANDLER_ASYNC;
  lwslErr(`${code}: the promise that a handler returned was rejected: ${showThrown(reason)}`);
}
