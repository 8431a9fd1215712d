/** What `writeable` gets to send with: frames are encoded straight into the output of the turn. */
import { type FragmentFlags, LwsError, type RoleHost, type WsTx } from '@lws-ts/interface';
import { frameHeaderSize, OPCODE, writeFrameHeader } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { unsetBytes } from './message-buffer.ts';

/** Payload over this is not copied into the output of the turn but written by itself, in bytes. */
const inlineBytes = 16 * 1024;
/** Strings up to this are tried as ASCII, character by character: below it a native call costs more. */
const shortText = 48;
const maxControlPayload = 125;
const encoder = new TextEncoder();

/** One per connection, made at its first `writeable`; live only while one runs. */
export class FrameTx implements WsTx {
  readonly #host: RoleHost;
  #live = false;
  /** A method returned false. */
  #stopped = false;
  /** A message was begun with `fragment` and not ended. */
  #unfinished = false;

  constructor(host: RoleHost) {
    this.#host = host;
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
    this.#writeText(OPCODE.text, true, data);
    return this.#wrote();
  }

  binary(data: Uint8Array): boolean {
    this.#assertBytes(data);
    if (!this.#mayWrite(this.#unfinished)) return false;
    this.#writeBytes(OPCODE.binary, true, data);
    return this.#wrote();
  }

  fragment(data: string | Uint8Array, { first, final, binary = false }: FragmentFlags): boolean {
    if (typeof data !== 'string') this.#assertBytes(data);
    if (!this.#mayWrite(first === this.#unfinished)) return false;
    const opcode = first ? (binary ? OPCODE.binary : OPCODE.text) : OPCODE.continuation;
    if (typeof data === 'string') this.#writeText(opcode, final, data);
    else this.#writeBytes(opcode, final, data);
    this.#unfinished = !final;
    return this.#wrote();
  }

  ping(data: Uint8Array = noBytes): boolean {
    this.#assertBytes(data);
    if (data.length > maxControlPayload)
      throw new LwsError(wsErrors.LWS_ERR_WS_DATA, `a ping of ${data.length} bytes`);
    if (!this.#mayWrite(false)) return false;
    this.#writeBytes(OPCODE.ping, true, data);
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

  #writeText(opcode: number, final: boolean, data: string): void {
    if (data.length <= shortText && this.#writeShort(opcode, final, data)) return;
    const length = Buffer.byteLength(data, 'utf8');
    if (length > inlineBytes) {
      const frame = ownFrame(opcode, final, length);
      encoder.encodeInto(data, frame.subarray(frame.length - length));
      this.#host.writeOwned(frame);
      return;
    }
    const room = this.#host.reserve(frameHeaderSize(length, false) + length);
    const at = this.#host.reservedAt;
    const body = writeFrameHeader(room, at, opcode, final, false, length);
    encoder.encodeInto(data, room.subarray(body, body + length));
    this.#host.commit(body + length - at);
  }

  /** False when the text is not ASCII; nothing is committed then. */
  #writeShort(opcode: number, final: boolean, data: string): boolean {
    const { length } = data;
    const room = this.#host.reserve(2 + length);
    const at = this.#host.reservedAt;
    const body = at + 2;
    for (let index = 0; index < length; index++) {
      const code = data.charCodeAt(index);
      if (code >= 0x80) return false;
      room[body + index] = code;
    }
    writeFrameHeader(room, at, opcode, final, false, length);
    this.#host.commit(2 + length);
    return true;
  }

  #writeBytes(opcode: number, final: boolean, data: Uint8Array): void {
    const { length } = data;
    if (length > inlineBytes) {
      const frame = ownFrame(opcode, final, length);
      frame.set(data, frame.length - length);
      this.#host.writeOwned(frame);
    } else writeFrame(this.#host, opcode, final, data);
  }
}

/** Writes a frame of at most 16 KiB payload into the output of the turn. */
export function writeFrame(
  host: RoleHost,
  opcode: number,
  final: boolean,
  payload: Uint8Array,
): void {
  const { length } = payload;
  const room = host.reserve(frameHeaderSize(length, false) + length);
  const at = host.reservedAt;
  const body = writeFrameHeader(room, at, opcode, final, false, length);
  room.set(payload, body);
  host.commit(body + length - at);
}

/** Memory of its own for a frame, header written: it leaves in one piece, and nobody changes it meanwhile. */
function ownFrame(opcode: number, final: boolean, length: number): Uint8Array {
  const frame = unsetBytes(frameHeaderSize(length, false) + length);
  writeFrameHeader(frame, 0, opcode, final, false, length);
  return frame;
}

const noBytes = new Uint8Array(0);
