/** Frames encoded straight into the output of the turn; those of a client are masked (RFC 6455 §5.3). */
import { giveBack, type RoleHost, takeOver } from '@lws-ts/interface';
import { frameHeaderSize, unmask, writeFrameHeader } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { nextMaskingKey } from './masking-keys.ts';
import { headroom, unsetBytes } from './message-buffer.ts';
import { leaveMemory } from './used-memory.ts';

/** Payload over this is not copied into the output of the turn but written by itself, in bytes. */
const inlineBytes = 16 * 1024;
/** Up to this payload is copied byte by byte: a native call costs more. */
const shortBytes = 12;
/** Strings up to this are tried as ASCII, character by character: below it a native call costs more. */
const shortText = 48;
/** From here on it is worth its while to take memory over in place of copying what stands in it, in bytes: Node.js 20 has no direct way. */
const transferBytes = 'transfer' in ArrayBuffer.prototype ? 16 * 1024 : 64 * 1024;
/** A header of a client's frame at most: so much may stand before a payload that is taken over, in bytes. */
const maxHeader = 14;
/** What of a long payload is written at once, its header included, in bytes. */
const sliceBytes = 256 * 1024;
const encoder = new TextEncoder();

export class FrameOutput {
  readonly #host: RoleHost;
  readonly #masked: boolean;
  readonly #maxOutputBytes: number;

  /** @param maxOutputBytes what the transport may keep; a long payload that would be more fails the connection */
  constructor(host: RoleHost, masked: boolean, maxOutputBytes: number) {
    this.#host = host;
    this.#masked = masked;
    this.#maxOutputBytes = maxOutputBytes;
  }

  /** One frame; the bytes are free again on return. @param rsv1 an extension encoded its message */
  bytes(opcode: number, final: boolean, payload: Uint8Array, rsv1 = false): void {
    const { length } = payload;
    const mask = this.#masked ? nextMaskingKey() : undefined;
    if (length > inlineBytes) {
      this.#long(opcode, final, payload, mask, rsv1);
      return;
    }
    const room = this.#host.reserve(frameHeaderSize(length, this.#masked) + length);
    const at = this.#host.reservedAt;
    const body = writeFrameHeader(room, at, opcode, final, rsv1, length, mask);
    if (length > shortBytes) room.set(payload, body);
    else for (let byte = 0; byte < length; byte++) room[body + byte] = payload[byte] as number;
    if (mask !== undefined) unmask(room, body, body + length, mask);
    this.#host.commit(body + length - at);
  }

  /** As {@link bytes}, of bytes that nobody needs any more: their memory may go with them. */
  given(opcode: number, final: boolean, payload: Uint8Array): void {
    const own = this.#mayTake(payload) ? takeOver(payload) : undefined;
    if (own === undefined) {
      this.bytes(opcode, final, payload);
      return;
    }
    const { length, byteOffset } = own;
    const mask = this.#masked ? nextMaskingKey() : undefined;
    const size = frameHeaderSize(length, this.#masked);
    const all = new Uint8Array(own.buffer);
    const sent = (): void => (byteOffset === headroom ? leaveMemory(all) : giveBack(all));
    if (mask !== undefined) unmask(own, 0, length, mask);
    if (size <= byteOffset) {
      const at = byteOffset - size;
      writeFrameHeader(all, at, opcode, final, false, length, mask);
      this.#host.writeOwned(at === 0 ? all : all.subarray(at), sent);
      return;
    }
    const room = this.#host.reserve(size);
    const at = this.#host.reservedAt;
    this.#host.commit(writeFrameHeader(room, at, opcode, final, false, length, mask) - at);
    this.#host.writeOwned(own, sent);
  }

  /** It is long, and all of its memory but for the room of a header. */
  #mayTake(payload: Uint8Array): boolean {
    const { length } = payload;
    // what is more than may be kept passes through the output in slices
    if (length < transferBytes || length > this.#maxOutputBytes) return false;
    // V8 of Node.js 20 and 22 calls out for these two
    const { byteOffset, buffer } = payload;
    return byteOffset <= maxHeader && byteOffset + length === buffer.byteLength;
  }

  /** Whether frames are masked, as those of a client. */
  get masked(): boolean {
    return this.#masked;
  }

  /** One frame with `data` as UTF-8; lone surrogates become U+FFFD. */
  text(opcode: number, final: boolean, data: string): void {
    if (data.length <= shortText && this.#short(opcode, final, data)) return;
    const length = Buffer.byteLength(data, 'utf8');
    const mask = this.#masked ? nextMaskingKey() : undefined;
    if (length > this.#maxOutputBytes) {
      this.#long(opcode, final, encoder.encode(data), mask, false);
      return;
    }
    if (length > inlineBytes) {
      this.#longText(opcode, final, data, length, mask);
      return;
    }
    const room = this.#host.reserve(frameHeaderSize(length, this.#masked) + length);
    const at = this.#host.reservedAt;
    const body = writeFrameHeader(room, at, opcode, final, false, length, mask);
    encoder.encodeInto(data, room.subarray(body, body + length));
    if (mask !== undefined) unmask(room, body, body + length, mask);
    this.#host.commit(body + length - at);
  }

  /**
   * A long payload passes through the output of the turn, a slice at a time. What the transport does not take at once
   * it keeps there, within the limit.
   */
  #long(
    opcode: number,
    final: boolean,
    payload: Uint8Array,
    mask: Uint8Array | undefined,
    rsv1: boolean,
  ): void {
    const { length } = payload;
    // another frame may take the next key before this one is out
    const key = mask?.slice();
    const header = frameHeaderSize(length, this.#masked);
    let at = 0;
    let refused = false;
    do {
      const size = Math.min(length - at, sliceBytes - header);
      const room = this.#host.reserve(header + size);
      const start = this.#host.reservedAt;
      const body =
        at === 0 ? writeFrameHeader(room, start, opcode, final, rsv1, length, key) : start;
      room.set(payload.subarray(at, at + size), body);
      if (key !== undefined) unmask(room, body, body + size, key, at);
      this.#host.commit(body + size - start);
      at += size;
      if (!this.#host.flush() && !refused && at < length) {
        const left = this.#host.transport.bufferedBytes + length - at;
        if (left > this.#maxOutputBytes) {
          // a close frame has no place inside a frame that was begun
          this.#host.fail(wsErrors.LWS_ERR_WS_OUTPUT, `${left} bytes`);
          return;
        }
        refused = true;
      }
    } while (at < length);
  }

  /** False when the text is not ASCII; nothing is committed then. */
  #short(opcode: number, final: boolean, data: string): boolean {
    const { length } = data;
    const mask = this.#masked ? nextMaskingKey() : undefined;
    const room = this.#host.reserve(frameHeaderSize(length, this.#masked) + length);
    const at = this.#host.reservedAt;
    const body = writeFrameHeader(room, at, opcode, final, false, length, mask);
    for (let index = 0; index < length; index++) {
      const code = data.charCodeAt(index);
      if (code >= 0x80) return false;
      room[body + index] = code;
    }
    if (mask !== undefined) unmask(room, body, body + length, mask);
    this.#host.commit(body + length - at);
    return true;
  }

  /** A long text has memory of its own: encoded once, it leaves in one piece. */
  #longText(
    opcode: number,
    final: boolean,
    data: string,
    length: number,
    mask: Uint8Array | undefined,
  ): void {
    const body = frameHeaderSize(length, this.#masked);
    const frame = unsetBytes(body + length);
    writeFrameHeader(frame, 0, opcode, final, false, length, mask);
    encoder.encodeInto(data, frame.subarray(body));
    if (mask !== undefined) unmask(frame, body, body + length, mask);
    this.#host.writeOwned(frame);
  }
}
