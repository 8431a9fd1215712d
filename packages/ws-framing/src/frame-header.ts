/** Frame headers as they are written. RFC 6455 §5.2 */
import { LwsError } from '@lws-ts/interface';
import { wsFramingErrors } from './errors.ts';

/** Bytes of the header of a frame with `length` payload bytes: 2 to 14. */
export function frameHeaderSize(length: number, masked: boolean): number {
  const size = length < 126 ? 2 : length < 65536 ? 4 : 10;
  return masked ? size + 4 : size;
}

/**
 * Writes a frame header into `target` from `at` on, the length in its shortest form, and gives the
 * position behind it. With `mask`, the 4 bytes of the masking key, the payload has to be masked by them;
 * a client takes a fresh unpredictable key for each frame (RFC 6455 §5.3).
 *
 * @throws `LWS_ERR_WS_FRAME_WRITE` for a length that is no integer from 0 to 2^53 - 1, a mask that is not
 * 4 bytes, or a target without room
 */
export function writeFrameHeader(
  target: Uint8Array,
  at: number,
  opcode: number,
  fin: boolean,
  rsv1: boolean,
  length: number,
  mask?: Uint8Array,
): number {
  const end = at + frameHeaderSize(length, mask !== undefined);
  if (!Number.isSafeInteger(length) || length < 0) throw refused(`length ${length}`);
  if (!(at >= 0 && end <= target.length))
    throw refused(`target of ${target.length} bytes for a header at ${at} to ${end}`);
  if (mask !== undefined && mask.length !== 4) throw refused(`masking key of ${mask.length} bytes`);
  const maskBit = mask === undefined ? 0 : 0x80;
  target[at] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | (opcode & 0x0f);
  if (length < 126) target[at + 1] = maskBit | length;
  else if (length < 65536) {
    target[at + 1] = maskBit | 126;
    target[at + 2] = length >> 8;
    target[at + 3] = length;
  } else {
    target[at + 1] = maskBit | 127;
    writeUint32(target, at + 2, Math.floor(length / 0x1_0000_0000));
    writeUint32(target, at + 6, length % 0x1_0000_0000);
  }
  if (mask !== undefined) {
    target[end - 4] = mask[0] as number;
    target[end - 3] = mask[1] as number;
    target[end - 2] = mask[2] as number;
    target[end - 1] = mask[3] as number;
  }
  return end;
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

function refused(what: string): LwsError {
  return new LwsError(wsFramingErrors.LWS_ERR_WS_FRAME_WRITE, what);
}
