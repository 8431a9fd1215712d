/** A message for many receivers: framed once, and encoded once for each way that was agreed on with them. */
import { LwsError, type PreparedMessage } from '@lws-ts/interface';
import {
  type ExtensionSession,
  encodePiece,
  frameHeaderSize,
  OPCODE,
  writeFrameHeader,
} from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';

/** Ways of encoding that one message is kept in; connections differ in few. */
const keptWays = 8;

export class EncodedMessage implements PreparedMessage {
  readonly binary: boolean;
  readonly payload: Uint8Array;
  /** The frame that goes to clients without an extension. */
  readonly frame: Uint8Array;
  readonly #encoded = new Map<string, Uint8Array>();

  constructor(payload: Uint8Array, binary: boolean) {
    this.binary = binary;
    this.payload = payload;
    this.frame = forStreams(frameOf(this.opcode, true, false, payload));
  }

  get bytes(): number {
    return this.payload.length;
  }

  get opcode(): number {
    return this.binary ? OPCODE.binary : OPCODE.text;
  }

  /** The frames for a connection with that session, which shares its encoding with others. */
  encodedBy(session: ExtensionSession, key: string): Uint8Array {
    let frames = this.#encoded.get(key);
    if (frames !== undefined) return frames;
    const payload = encodeWhole(session, this.payload);
    // what does not get smaller goes as it is
    frames =
      payload.length < this.payload.length
        ? forStreams(framesOf(this.opcode, payload, session.txChunk))
        : this.frame;
    if (this.#encoded.size < keptWays) this.#encoded.set(key, frames);
    return frames;
  }
}

/**
 * Makes a message for `tx.prepared`: a string as text, bytes as binary. The bytes are copied.
 *
 * @throws `LWS_ERR_WS_DATA` for anything else
 */
export function prepare(data: string | Uint8Array): PreparedMessage {
  if (typeof data === 'string') return new EncodedMessage(new TextEncoder().encode(data), false);
  if (data instanceof Uint8Array) return new EncodedMessage(new Uint8Array(data), true);
  throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
}

/** The same bytes as a Buffer: a stream would wrap others, for each receiver anew. */
function forStreams({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function encodeWhole(session: ExtensionSession, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += encodePiece) {
    const final = at + encodePiece >= bytes.length;
    parts.push(
      new Uint8Array(session.encode(bytes.subarray(at, at + encodePiece), at === 0, final)),
    );
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Frames of at most `most` payload bytes; RSV1 stands on the first alone (RFC 7692 §6.1). */
function framesOf(opcode: number, payload: Uint8Array, most: number): Uint8Array {
  if (payload.length <= most) return frameOf(opcode, true, true, payload);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += most) {
    const first = at === 0;
    const own = first ? opcode : OPCODE.continuation;
    const final = at + most >= payload.length;
    frames.push(frameOf(own, final, first, payload.subarray(at, at + most)));
  }
  return new Uint8Array(Buffer.concat(frames));
}

function frameOf(
  opcode: number,
  final: boolean,
  encoded: boolean,
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(frameHeaderSize(payload.length, false) + payload.length);
  const body = writeFrameHeader(frame, 0, opcode, final, encoded, payload.length);
  frame.set(payload, body);
  return frame;
}
