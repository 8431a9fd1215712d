/** What `writeable` gets to send with: the rules of when and in which order; {@link FrameOutput} encodes. */
import { type FragmentFlags, LwsError, type RoleHost, type WsTx } from '@lws-ts/interface';
import { OPCODE } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import type { FrameOutput } from './frame-output.ts';

const maxControlPayload = 125;

/** One per connection, made at its first `writeable`; live only while one runs. */
export class FrameTx implements WsTx {
  readonly #host: RoleHost;
  readonly #output: FrameOutput;
  #live = false;
  /** A method returned false. */
  #stopped = false;
  /** A message was begun with `fragment` and not ended. */
  #unfinished = false;

  constructor(host: RoleHost, output: FrameOutput) {
    this.#host = host;
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
    return this.#stopped || !this.#host.room;
  }

  text(data: string): boolean {
    this.#assertText(data);
    if (!this.#mayWrite(this.#unfinished)) return false;
    this.#output.text(OPCODE.text, true, data);
    return this.#wrote();
  }

  binary(data: Uint8Array): boolean {
    this.#assertBytes(data);
    if (!this.#mayWrite(this.#unfinished)) return false;
    this.#output.bytes(OPCODE.binary, true, data);
    return this.#wrote();
  }

  fragment(data: string | Uint8Array, { first, final, binary = false }: FragmentFlags): boolean {
    if (typeof data !== 'string') this.#assertBytes(data);
    if (!this.#mayWrite(first === this.#unfinished)) return false;
    const opcode = first ? (binary ? OPCODE.binary : OPCODE.text) : OPCODE.continuation;
    if (typeof data === 'string') this.#output.text(opcode, final, data);
    else this.#output.bytes(opcode, final, data);
    this.#unfinished = !final;
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
    if (!this.#live) throw new LwsError(wsErrors.LWS_ERR_TX_EXPIRED);
    if (this.#stopped) throw new LwsError(wsErrors.LWS_ERR_TX_CHOKED);
    if (outOfOrder) throw new LwsError(wsErrors.LWS_ERR_WS_FRAGMENT_ORDER);
    return this.#host.open;
  }

  #wrote(): boolean {
    this.#stopped = !this.#host.room;
    return !this.#stopped;
  }

  #assertText(data: unknown): void {
    if (typeof data !== 'string') throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
  }

  #assertBytes(data: unknown): void {
    if (!(data instanceof Uint8Array)) throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
  }
}

const noBytes = new Uint8Array(0);
