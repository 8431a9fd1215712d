/**
 * What an agreed extension adds to a connection: messages that it decodes and encodes, and what waits while a long
 * one is on its way. A connection without one has none of this.
 */
import type { RoleHost } from '@lws-ts/interface';
import type { AgreedExtension, ExtensionSession, FrameReader } from '@lws-ts/ws-framing';
import { EncodedOutput } from './encoded-output.ts';
import type { FrameOutput } from './frame-output.ts';
import { InflatedDelivery, type InflatedOwner, type Taking } from './inflated-delivery.ts';

export class ExtendedMessages {
  readonly session: ExtensionSession;
  readonly inflated: InflatedDelivery;
  readonly encoded: EncodedOutput;
  /** The peer's FIN came, and what it sent before is not all delivered. */
  finOwed = false;
  readonly #host: RoleHost;
  /** The program asked to write while a long message was on its way. */
  #writeableOwed = false;

  /** @param maxOutputBytes what is kept for a peer that does not take it; more fails the connection */
  constructor(
    extension: AgreedExtension,
    owner: InflatedOwner,
    host: RoleHost,
    reader: FrameReader,
    taking: Taking,
    output: FrameOutput,
    maxOutputBytes: number,
  ) {
    this.#host = host;
    this.inflated = new InflatedDelivery(owner, reader, taking);
    this.session = extension.open(this.inflated);
    this.encoded = new EncodedOutput(host, output, this.session, maxOutputBytes);
    this.inflated.attach(this.session);
  }

  /** Whether `writeable` has to wait for a long message; it follows then. */
  putsOff(): boolean {
    if (this.encoded.busy) this.#writeableOwed = true;
    return this.encoded.busy;
  }

  /** Of a long message one piece a turn; true when the next could follow at once. */
  goOnWriting(): boolean {
    if (!this.encoded.busy) return false;
    const more = this.encoded.step();
    if (this.encoded.busy) return more;
    if (this.#writeableOwed) {
      this.#writeableOwed = false;
      this.#host.requestWriteable();
    }
    return false;
  }

  /** Nothing is decoded or encoded any more. */
  end(): void {
    this.session.close();
    this.encoded.drop();
  }
}
