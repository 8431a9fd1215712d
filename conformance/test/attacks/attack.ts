/** Attacks as data: what a peer says once it is in, what it has to hear, and what the server has to have said of it. */
import type { CaseFrame } from '../cases/case.ts';
import { frameImage } from '../peer/frame-image.ts';
import type { AttackedVhost, Growth } from './attacked-process.ts';

/** Threats to a WebSocket server, as the table in the README of this suite counts them. */
export type ThreatId = `WS-${number}`;

export interface Attack {
  readonly id: ThreatId;
  readonly about: string;
  /** @defaultValue localhost, which has the limits that come by default */
  readonly vhost?: AttackedVhost;
  /** Of `attacked-vhosts.mjs`. @defaultValue echo */
  readonly program?: 'counting' | 'fountain' | 'flood' | 'mistaken';
  /** The value of Sec-WebSocket-Extensions. */
  readonly offer?: string;
  /** In the segment of the handshake. */
  readonly early?: () => Uint8Array;
  /** A write for each. Made when the attack is run: it can be large. */
  readonly says?: () => readonly Uint8Array[];
  /** Heard before its memory is looked at: by then all of it was read. */
  readonly first?: readonly string[];
  /** Nothing is read until its memory was looked at. */
  readonly unread?: boolean;
  /** Said when its memory was looked at. */
  readonly lastly?: () => readonly Uint8Array[];
  /** Every line, in order. Of an attack that does not read: the last ones. */
  readonly hears: readonly string[];
  /** The server cuts it in the end, whatever it still has to hear. */
  readonly cut?: boolean;
  /** The last octets on the wire, in hex. */
  readonly wire?: string;
  /** That are counted, once each, and logged; none: nothing is refused. */
  readonly codes: readonly string[];
  /** How much the server may grow, in bytes: while the peer is there, and everything but `lastly` was said. */
  readonly grows?: Partial<Growth>;
}

/** Frames as a client says them, in one write. */
export function said(...frames: readonly CaseFrame[]): Uint8Array {
  return Buffer.concat(frames.map((one, turn) => frameImage(one, 'client', turn)));
}

/** Fails with a close frame, and is told so. */
export function fails(
  closeCode: number,
  code: string,
): { readonly hears: readonly string[]; readonly codes: readonly string[] } {
  return { hears: [`close ${closeCode}`, 'end'], codes: [`LWS_ERR_${code}`] };
}

export const kibibyte = 1024;
export const mebibyte = 1024 * kibibyte;
