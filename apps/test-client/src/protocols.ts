/** The client side of the protocols of a test server: what it prints, and what it draws. */
import { randomInt } from 'node:crypto';
import { type AnyProtocol, protocol } from 'lws-ts';
import type { KeptConnection } from './kept-connection.ts';

/** Whose wsi that is. */
export type FindConnection = (wsi: object) => KeptConnection | undefined;

/** What the mirror is told. */
export interface MirrorOptions {
  /** It only listens. */
  readonly silent: boolean;
  /** It draws without end. */
  readonly endless: boolean;
  /** Circles that a connection draws, each time anew. */
  readonly lifetime: () => number;
}

/** Time between two circles, in ms: a drawing that can be watched, and a process that sleeps. */
const circleMs = 4;
const leastLifetime = 16_384;
const longLifetime = 500_000;

/** Tells each number. lws: callback_dumb_increment of the test client */
export function dumbClient(find: FindConnection): AnyProtocol {
  return protocol({
    name: 'dumb-increment-protocol',
    client: {
      established: (wsi) => find(wsi)?.established(wsi.header('sec-websocket-extensions') ?? ''),
      message: (wsi, data) => find(wsi)?.emit('number', String(data)),
      writeable: (wsi) => find(wsi)?.emit('writeable'),
      closed: (wsi, code, reason) => find(wsi)?.closed(code, reason),
      connectionError: (wsi, error) => find(wsi)?.failed(error),
    },
  });
}

/** Draws random circles until its lifetime is over. lws: callback_lws_mirror of the test client */
export function mirrorClient(find: FindConnection, options: MirrorOptions): AnyProtocol {
  return protocol({
    name: 'lws-mirror-protocol',
    session: () => ({ left: Number.POSITIVE_INFINITY, due: false }),
    client: {
      established(wsi) {
        const connection = find(wsi);
        connection?.established(wsi.header('sec-websocket-extensions') ?? '');
        if (options.silent) return;
        if (!options.endless) {
          wsi.session.left = options.lifetime();
          connection?.emit('lifetime', wsi.session.left);
        }
        wsi.setTimerMs(circleMs);
      },
      timer(wsi) {
        wsi.session.due = true;
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        const { session } = wsi;
        // may be called without a circle being due
        if (!session.due) return;
        session.due = false;
        tx.text(randomCircle());
        if (--session.left === 0) return wsi.close(1000);
        wsi.setTimerMs(circleMs);
      },
      // what the others draw is taken and let go: who does not read is cut
      message() {},
      closed: (wsi, code, reason) => find(wsi)?.closed(code, reason),
      connectionError: (wsi, error) => find(wsi)?.failed(error),
    },
  });
}

/** How many circles a connection draws. */
export function lifetime(longLived: boolean): number {
  return leastLifetime + randomInt(65_536) + (longLived ? longLifetime : 0);
}

/** `c #RRGGBB x y r;` with x to 511, y to 255 and r from 1 to 32. */
export function randomCircle(): string {
  const colour = randomInt(0x1000000).toString(16).toUpperCase().padStart(6, '0');
  return `c #${colour} ${randomInt(512)} ${randomInt(256)} ${randomInt(32) + 1};`;
}
