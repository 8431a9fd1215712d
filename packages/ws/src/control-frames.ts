/**
 * Control frames of the peer's (RFC 6455 §5.5): their payload, which may come in pieces, and the answer to pings.
 * Made for the first of them: most connections see none before their close frame.
 */
import type { RoleHost } from '@lws-ts/interface';
import { OPCODE } from '@lws-ts/ws-framing';
import type { FrameOutput } from './frame-output.ts';

/** The payload of most: V8 has memory of that size on its own heap. */
const shortPayload = 64;
/** RFC 6455 §5.5 */
const maxPayload = 125;

export class ControlFrames {
  readonly #host: RoleHost;
  readonly #output: FrameOutput;
  #bytes = new Uint8Array(shortPayload);
  #length = 0;
  /** A pong that found no room; a later one takes its place. */
  #pong: Uint8Array | undefined = undefined;

  constructor(host: RoleHost, output: FrameOutput) {
    this.#host = host;
    this.#output = output;
  }

  append(chunk: Uint8Array, start: number, end: number): void {
    if (this.#length + end - start > this.#bytes.length) {
      const longer = new Uint8Array(maxPayload);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = chunk[at] as number;
  }

  /** The payload that came since the last `take`; valid until the next `append`. */
  take(): Uint8Array {
    const payload = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return payload;
  }

  /** Answers a ping; false when there is no room now: `writeable` is asked for, and sends it. */
  answer(payload: Uint8Array): boolean {
    if (this.#host.room) {
      this.#output.bytes(OPCODE.pong, true, payload);
      return true;
    }
    this.#pong = new Uint8Array(payload);
    this.#host.requestWriteable();
    return false;
  }

  /** In `writeable`: sends the pong that found no room. */
  sendPong(): void {
    const pong = this.#pong;
    this.#pong = undefined;
    if (pong !== undefined) this.#output.bytes(OPCODE.pong, true, pong);
  }
}
