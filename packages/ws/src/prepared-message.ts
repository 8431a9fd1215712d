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
    this.frame = frameOf(binary, false, payload);
  }

  get bytes(): number {
    return this.payload.length;
  }

  get opcode(): number {
    return this.binary ? OPCODE.binary : OPCODE.text;
  }

  /** The frame for a connection with that session, which shares its encoding with others. */
  encodedBy(session: ExtensionSession, key: string): Uint8Array {
    let frame = this.#encoded.get(key);
    if (frame !== undefined) return frame;
    const payload = encodeWhole(session, this.payload);
    // what does not get smaller goes as it is
    frame = payload.length < this.payload.length ? frameOf(this.binary, true, payload) : this.frame;
    if (this.#encoded.size < keptWays) this.#encoded.set(key, frame);
    return frame;
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

function frameOf(binary: boolean, encoded: boolean, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeaderSize(payload.length, false) + payload.length);
  const opcode = binary ? OPCODE.binary : OPCODE.text;
  const body = writeFrameHeader(frame, 0, opcode, true, encoded, payload.length);
  frame.set(payload, body);
  return frame;
}
