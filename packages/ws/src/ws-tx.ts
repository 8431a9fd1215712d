/** What `writeable` gets to send with: the rules of when and in which order; {@link FrameOutput} encodes. */
import { coreErrors } from '@lws-ts/core';
import {
  type BinaryFlags,
  type FragmentFlags,
  LwsError,
  type PreparedMessage,
  type RoleHost,
  type WsTx,
} from '@lws-ts/interface';
import { OPCODE } from '@lws-ts/ws-framing';
import type { EncodedOutput } from './encoded-output.ts';
import { wsErrors } from './errors.ts';
import type { FrameOutput } from './frame-output.ts';
import { EncodedMessage } from './prepared-message.ts';

const maxControlPayload = 125;

/** One per connection, made at its first `writeable`; live only while one runs. */
export class FrameTx implements WsTx {
  readonly #host: RoleHost;
  /** Of an extension, when one was agreed on. */
  readonly #encoded: EncodedOutput | undefined;
  /** Frames are masked, as those of a client. */
  readonly #masked: boolean;
  #live = false;
  /** A method returned false. */
  #stopped = false;
  /** A message was begun with `fragment` and not ended. */
  #unfinished = false;
  /** The message begun is one that the extension encodes. */
  #encoding = false;
  readonly #output: FrameOutput;

  constructor(host: RoleHost, output: FrameOutput, encoded: EncodedOutput | undefined) {
    this.#host = host;
    this.#encoded = encoded;
    this.#masked = output.masked;
    this.#output = output;
  }

  /** A `writeable` begins. */
  begin(): void {
    this.#live = true;
    this.#stopped = false;
  }

  /** The `writeable` is over. */
  expire(): void {
    this.#live = false;
  }

  get choked(): boolean {
    return this.#stopped || !this.#host.room || this.#encoded?.busy === true;
  }

  text(data: string): boolean {
    this.#assertText(data);
    if (!this.#mayWrite(this.#unfinished)) return false;
    if (this.#encodes(data)) this.#encoded?.write(OPCODE.text, true, data);
    else this.#output.text(OPCODE.text, true, data);
    return this.#wrote();
  }

  binary(data: Uint8Array, flags?: BinaryFlags): boolean {
    this.#assertBytes(data);
    if (!this.#mayWrite(this.#unfinished)) return false;
    if (this.#encodes(data)) this.#encoded?.write(OPCODE.binary, true, data);
    else if (flags?.transfer === true) this.#output.given(OPCODE.binary, true, data);
    else this.#output.bytes(OPCODE.binary, true, data);
    return this.#wrote();
  }

  fragment(data: string | Uint8Array, { first, final, binary = false }: FragmentFlags): boolean {
    if (typeof data !== 'string') this.#assertBytes(data);
    if (!this.#mayWrite(first === this.#unfinished)) return false;
    const opcode = first ? (binary ? OPCODE.binary : OPCODE.text) : OPCODE.continuation;
    // how long a message gets that is begun and not ended nobody knows
    if (first) this.#encoding = this.#encoded !== undefined && (!final || this.#encodes(data));
    if (this.#encoding) this.#encoded?.write(opcode, final, data);
    else if (typeof data === 'string') this.#output.text(opcode, final, data);
    else this.#output.bytes(opcode, final, data);
    this.#unfinished = !final;
    return this.#wrote();
  }

  prepared(message: PreparedMessage): boolean {
    if (!(message instanceof EncodedMessage))
      throw new LwsError(wsErrors.LWS_ERR_WS_DATA, 'prepared() takes what prepare() gave');
    if (!this.#mayWrite(this.#unfinished)) return false;
    const session = this.#encodes(message.payload) ? this.#encoded?.session : undefined;
    const key = session?.shareKey;
    if (session !== undefined && (key === undefined || this.#masked))
      this.#encoded?.write(message.opcode, true, message.payload);
    else if (this.#masked) this.#output.bytes(message.opcode, true, message.payload);
    else if (session === undefined || key === undefined) this.#host.writeShared(message.frame);
    else this.#host.writeShared(message.encodedBy(session, key));
    return this.#wrote();
  }

  ping(data: Uint8Array = noBytes): boolean {
    this.#assertBytes(data);
    if (data.length > maxControlPayload)
      throw new LwsError(wsErrors.LWS_ERR_WS_DATA, `a ping of ${data.length} bytes`);
    if (!this.#mayWrite(false)) return false;
    this.#output.bytes(OPCODE.ping, true, data);
    return this.#wrote();
  }

  /** False on a connection that is closing: nothing is sent there any more. */
  #mayWrite(outOfOrder: boolean): boolean {
    if (!this.#live) throw new LwsError(coreErrors.LWS_ERR_TX_EXPIRED);
    if (this.#stopped) throw new LwsError(coreErrors.LWS_ERR_TX_CHOKED);
    if (outOfOrder) throw new LwsError(wsErrors.LWS_ERR_WS_FRAGMENT_ORDER);
    return this.#host.open;
  }

  #wrote(): boolean {
    this.#stopped = !this.#host.room || this.#encoded?.busy === true;
    return !this.#stopped;
  }

  /** A string has at most three bytes of UTF-8 for each of its code units. */
  #encodes(data: string | Uint8Array): boolean {
    const session = this.#encoded?.session;
    if (session === undefined) return false;
    if (session.encodes(data.length)) return true;
    if (typeof data !== 'string' || !session.encodes(data.length * 3)) return false;
    return session.encodes(Buffer.byteLength(data, 'utf8'));
  }

  #assertText(data: unknown): void {
    if (typeof data !== 'string') throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
  }

  #assertBytes(data: unknown): void {
    if (!(data instanceof Uint8Array)) throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
    if (data.length === 0 && isGone(data))
      throw new LwsError(wsErrors.LWS_ERR_WS_DATA, 'its memory was transferred');
  }
}

/** Its memory was taken away: no empty array, but one that lost what it had. */
function isGone({ buffer }: Uint8Array): boolean {
  try {
    // there is no other way to ask before Node.js 22
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

const noBytes = new Uint8Array(0);
