/** TCP keepalive of sockets, as far as this Node.js can set it. lws: ka_time, ka_probes, ka_interval */
import { Socket } from 'node:net';
import { interfaceErrors, LwsError } from '@lws-ts/interface';

/** The options of a context that say so. */
export interface Keepalive {
  /** Idle seconds before the first probe; 0: none. */
  readonly kaTime: number;
  /** Probes without an answer, after which the system cuts the connection; 0: {@link nodeProbes}. */
  readonly kaProbes: number;
  /** Seconds between two probes; 0: {@link nodeInterval}. */
  readonly kaInterval: number;
}

/** What Node.js sets by itself, and before 24.21 always. */
const nodeProbes = 10;
const nodeInterval = 1;

/** All that Node.js can set since 24.21, in ms. */
type SetKeepAlive = (enable: boolean, delay: number, interval: number, count: number) => void;

/** Whether probes and the time between them can be set: `setKeepAlive` takes four arguments then. */
export const setsProbes: boolean = Socket.prototype.setKeepAlive.length >= 4;

/** @throws `LWS_ERR_OPTION` for probes without keepalive */
export function checkKeepalive({ kaTime, kaProbes, kaInterval }: Keepalive): void {
  if (kaTime === 0 && (kaProbes > 0 || kaInterval > 0))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'kaProbes and kaInterval of the context mean nothing without kaTime',
    );
}

/** What is asked for and cannot be had here; undefined when all can. @param can {@link setsProbes} */
export function keepaliveLack(
  { kaProbes, kaInterval }: Keepalive,
  can: boolean = setsProbes,
): string | undefined {
  const asked =
    (kaProbes || nodeProbes) !== nodeProbes || (kaInterval || nodeInterval) !== nodeInterval;
  if (can || !asked) return undefined;
  return (
    `kaProbes and kaInterval need Node.js 24.21 or later: ${process.version} sends ` +
    `${nodeProbes} probes, ${nodeInterval} s apart, after kaTime`
  );
}

/** Sets it, or nothing when it is off. On what is no TCP socket it does nothing. */
export function setKeepalive(socket: Socket, { kaTime, kaProbes, kaInterval }: Keepalive): void {
  if (kaTime === 0) return;
  (socket.setKeepAlive as SetKeepAlive).call(
    socket,
    true,
    kaTime * 1000,
    (kaInterval || nodeInterval) * 1000,
    kaProbes || nodeProbes,
  );
}
