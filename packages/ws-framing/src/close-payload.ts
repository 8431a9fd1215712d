/** The payload of close frames: codes and reasons by RFC 6455 §5.5.1 and §7.4. */
import { LwsError } from '@lws-ts/interface';
import { type WsViolation, wsFramingErrors } from './errors.ts';
import { Utf8Validator } from './utf8-validator.ts';

/** What a close frame said. `code` 1005: it had no payload. */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** Longest reason: a control frame's 125 bytes less the code. RFC 6455 §5.5 */
const MAX_REASON = 123;

const noStatus: CloseStatus = Object.freeze({ code: 1005, reason: '' });
const utf8 = new Utf8Validator();
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The code may stand in a close frame, sent or received: 1000-1003 and 1007-1014 (registered with IANA),
 * 3000-4999 (libraries and applications). RFC 6455 §7.4
 */
export function isSendableCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

/**
 * The payload of a close frame: `code` and as much of `reason` as fits 123 bytes, cut at a whole
 * character; lone surrogates become U+FFFD. Without a code it is empty. lws: lws_close_reason
 *
 * @throws `LWS_ERR_WS_FRAME_WRITE` for a code that {@link isSendableCloseCode} refuses, or a reason without a code
 */
export function encodeClosePayload(code?: number, reason = ''): Uint8Array {
  if (code === undefined && reason === '') return new Uint8Array(0);
  if (code === undefined || !isSendableCloseCode(code))
    throw new LwsError(wsFramingErrors.LWS_ERR_WS_FRAME_WRITE, `close code ${String(code)}`);
  if (reason === '') return Uint8Array.of(code >> 8, code & 0xff);
  const room = new Uint8Array(2 + MAX_REASON);
  room[0] = code >> 8;
  room[1] = code & 0xff;
  const { written } = encoder.encodeInto(reason, room.subarray(2));
  return room.slice(0, 2 + written);
}

/**
 * Reads the whole payload of a close frame, unmasked. A violation is told from a status by its
 * `closeCode`: `'closeCode' in result`.
 */
export function readClosePayload(payload: Uint8Array): CloseStatus | WsViolation {
  if (payload.length === 0) return noStatus;
  if (payload.length === 1) return wsFramingErrors.LWS_ERR_WS_CLOSE_LENGTH;
  const code = ((payload[0] as number) << 8) | (payload[1] as number);
  if (!isSendableCloseCode(code)) return wsFramingErrors.LWS_ERR_WS_CLOSE_CODE;
  if (payload.length === 2) return { code, reason: '' };
  utf8.reset();
  if (!utf8.push(payload, 2, payload.length) || !utf8.complete)
    return wsFramingErrors.LWS_ERR_WS_CLOSE_REASON;
  return { code, reason: decoder.decode(payload.subarray(2)) };
}
