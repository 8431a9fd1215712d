/** Which vhosts can share a port as far as TLS goes: the first of it decides what its connections speak. */
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { lwslWarn } from './log.ts';
import type { Vhost } from './vhost.ts';

/**
 * Nobody would reach a vhost with TLS behind a plain one, nor a plain one behind TLS that takes nothing else.
 *
 * @param first of the port, if there is one
 * @throws `LWS_ERR_VHOST_TLS`
 */
export function checkSharedPort(first: Vhost | undefined, next: Vhost): void {
  if (first !== undefined && !reaches(first, next))
    throw new LwsError(coreErrors.LWS_ERR_VHOST_TLS, `${sideOf(next)} beside ${sideOf(first)}`);
}

/** After the first vhost of a port went: those that are not reached any more by what the port speaks now. */
export function warnOfSharedPort([first, ...rest]: readonly Vhost[]): void {
  if (first === undefined) return;
  for (const vhost of rest)
    if (!reaches(first, vhost))
      lwslWarn(`LWS_ERR_VHOST_TLS ${sideOf(vhost)} is unreachable behind ${sideOf(first)} now`);
}

function reaches({ security }: Vhost, next: Vhost): boolean {
  if (next.security?.serves === true) return security?.serves === true;
  return security?.serves !== true || security.takesPlain === true;
}

function sideOf({ name, security }: Vhost): string {
  return `vhost ${name} ${security?.serves === true ? 'with' : 'without'} TLS`;
}
