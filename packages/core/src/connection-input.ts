import { ParkedInput } from './parked-input.ts';
import type { Phase } from './phase.ts';

/** What is read into while a connection is held or says goodbye, in bytes. */
const heldBytes = 16 * 1024;
/** What a lingering connection reads and discards before it stops reading, in bytes. */
const discardBytes = 256 * 1024;
/** Behind more than so much at once it rests. TLS never gives more: with rests 256 KiB of it could not be read in time. */
const shortReadBytes = 16 * 1024;

/** Input of a connection: what waits of it, and whether more may be read. */
export class ConnectionInput extends ParkedInput {
  /** The program takes input. lws: lws_rx_flow_control */
  flowing = true;
  /** The transport was told to read. */
  reading = false;
  /** FIN stands behind what waits. */
  endWaits = false;
  #discarded = 0;
  #rests = false;

  /** Something came that was not told yet. */
  get undelivered(): boolean {
    return this.length > 0 || this.endWaits;
  }

  /** Nobody is told of what waits. */
  forget(): void {
    this.endWaits = false;
    this.clear();
  }

  /** What comes when nobody hears it any more. */
  discard(bytes: number): void {
    this.#discarded += bytes;
  }

  /**
   * A connection that says goodbye has read so much at once. True: that is much, and nothing is read until
   * {@link rested}, so that who says what nobody hears keeps nobody from being heard.
   */
  restBehind(bytes: number): boolean {
    this.#rests ||= bytes > shortReadBytes;
    return this.#rests;
  }

  rested(): void {
    this.#rests = false;
  }

  /** @param heeds whether it counts that the program takes no input */
  mayRead(phase: Phase, held: boolean, heeds: boolean): boolean {
    switch (phase) {
      case 'open':
        if (held) return this.length < heldBytes;
        return (this.flowing || !heeds) && this.length === 0;
      case 'closing':
        return this.length < heldBytes;
      case 'finishing':
      case 'lingering':
        return !this.#rests && this.#discarded <= discardBytes;
      case 'accepted':
      case 'connecting':
      case 'securing':
      case 'aborted':
      case 'closed':
        return false;
    }
  }
}
