/** The line of the access log that a taken upgrade owes: what became of it is known when its role has answered. */
import type { HttpRequest, RoleHost } from '@lws-ts/interface';
import type { AccessLog } from './access-log.ts';

/** What the access log says of a request whose peer was gone before it had an answer. */
export const GONE_STATUS = 499;

interface OwedLine {
  readonly log: AccessLog;
  readonly request: HttpRequest;
  readonly user: string | undefined;
}

const owed = new WeakMap<RoleHost, OwedLine>();

/** The line is written by {@link settleUpgrade}, while the request can be read. */
export function oweUpgrade(host: RoleHost, line: OwedLine): void {
  owed.set(host, line);
}

/** Writes the line, if one is owed still. @param bytes of the answer's body */
export function settleUpgrade(host: RoleHost, status: number, bytes = 0): void {
  const line = owed.get(host);
  if (line === undefined) return;
  owed.delete(host);
  const { address } = host.transport.peer;
  line.log.record({ address, user: line.user, status, bytes, request: line.request });
}

/**
 * Tells the access log what an upgrade was answered, 101 where nothing else is said: for roles that keep the request's
 * headers, before they release them. Of a role that keeps none it is taken to be 101 when the connection becomes its own.
 */
export function noteUpgraded(host: RoleHost, status = 101): void {
  settleUpgrade(host, status);
}
