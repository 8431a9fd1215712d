import type { CodedError, Transport, TransportSink } from '@lws-ts/interface';
import { settle } from './virtual-clock.ts';

/** A peer that says exactly the bytes a test gives it and keeps all that it hears. */
export class RawPeer implements TransportSink {
  readonly #transport: Transport;
  #heard: Uint8Array[] = [];
  #once = false;
  /** The other side sent FIN. */
  ended = false;
  /** The connection is over. */
  isClosed = false;
  /** Why, where it was not orderly: set when the other side reset it. */
  error: CodedError | undefined = undefined;

  /** @param listening whether it reads from the start */
  constructor(transport: Transport, listening = true) {
    this.#transport = transport;
    transport.attach(this);
    if (listening) transport.read(true);
  }

  /** All bytes heard since the last `take`. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.#heard.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#heard) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** All bytes heard since the last `take`, one character a byte. */
  get text(): string {
    return Buffer.from(this.bytes).toString('latin1');
  }

  /** Gives what was heard and forgets it. */
  take(): Uint8Array {
    const bytes = this.bytes;
    this.#heard = [];
    return bytes;
  }

  /** Says bytes: a string has one character a byte. Lets the loop settle. */
  async send(bytes: Uint8Array | string): Promise<void> {
    this.#transport.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    await settle();
  }

  /** Says bytes and does not wait. */
  push(bytes: Uint8Array | string): void {
    this.#transport.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Stops or resumes listening. */
  async read(on: boolean): Promise<void> {
    this.#transport.read(on);
    await settle();
  }

  /** Hears one chunk, and stops listening. */
  readOnce(): void {
    this.#once = true;
    this.#transport.read(true);
  }

  /** FIN. */
  async end(): Promise<void> {
    this.#transport.end();
    await settle();
  }

  /** RST. */
  async reset(): Promise<void> {
    this.#transport.abort();
    await settle();
  }

  rx(bytes: Uint8Array): void {
    this.#heard.push(new Uint8Array(bytes));
    if (!this.#once) return;
    this.#once = false;
    this.#transport.read(false);
  }

  peerEnded(): void {
    this.ended = true;
  }

  drained(): void {}

  closed(error: CodedError | undefined): void {
    this.isClosed = true;
    this.error = error;
  }
}
