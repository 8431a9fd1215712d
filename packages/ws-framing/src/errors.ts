import { type CodedError, type ErrorRow, type ErrorTable, errorTable } from '@lws-ts/interface';

/** What a peer can do wrong in a frame, a text or a close payload. */
export type WsViolationCode =
  | 'LWS_ERR_WS_RESERVED_BIT'
  | 'LWS_ERR_WS_OPCODE'
  | 'LWS_ERR_WS_CONTROL_FRAGMENTED'
  | 'LWS_ERR_WS_CONTINUATION'
  | 'LWS_ERR_WS_INTERLEAVED'
  | 'LWS_ERR_WS_MASK'
  | 'LWS_ERR_WS_CONTROL_LENGTH'
  | 'LWS_ERR_WS_LENGTH_NOT_MINIMAL'
  | 'LWS_ERR_WS_LENGTH_SIGN'
  | 'LWS_ERR_WS_LENGTH_UNSUPPORTED'
  | 'LWS_ERR_WS_UTF8'
  | 'LWS_ERR_WS_UTF8_INCOMPLETE'
  | 'LWS_ERR_WS_CLOSE_LENGTH'
  | 'LWS_ERR_WS_CLOSE_CODE'
  | 'LWS_ERR_WS_CLOSE_REASON'
  | 'LWS_ERR_WS_DEFLATE_DATA'
  | 'LWS_ERR_WS_DEFLATE_SIZE';

/** The peer broke RFC 6455: a row of {@link wsFramingErrors}. `closeCode` is what to close with (§7.4.1). */
export interface WsViolation extends CodedError {
  readonly code: WsViolationCode;
  readonly closeCode: number;
}

type ViolationRow = ErrorRow & { readonly closeCode: number };
type ViolationTable = { readonly [C in WsViolationCode]: WsViolation & { readonly code: C } };

const violations: Readonly<Record<WsViolationCode, ViolationRow>> = {
  LWS_ERR_WS_RESERVED_BIT: {
    message: 'reserved bit set that no extension uses',
    hint: 'Send RSV2 and RSV3 as 0, and RSV1 only on the first frame of a message when an extension that uses it was agreed (RFC 6455 §5.2).',
    closeCode: 1002,
  },
  LWS_ERR_WS_OPCODE: {
    message: 'reserved opcode',
    hint: 'Use opcodes 0, 1, 2, 8, 9 and 10 only (RFC 6455 §5.2).',
    closeCode: 1002,
  },
  LWS_ERR_WS_CONTROL_FRAGMENTED: {
    message: 'control frame without FIN',
    hint: 'Send close, ping and pong in one frame each (RFC 6455 §5.5).',
    closeCode: 1002,
  },
  LWS_ERR_WS_CONTINUATION: {
    message: 'continuation frame outside a message',
    hint: 'Begin a message with a text or binary frame (RFC 6455 §5.4).',
    closeCode: 1002,
  },
  LWS_ERR_WS_INTERLEAVED: {
    message: 'new message before the last one was finished',
    hint: 'Finish a fragmented message with a final continuation frame before the next one begins (RFC 6455 §5.4).',
    closeCode: 1002,
  },
  LWS_ERR_WS_MASK: {
    message: 'frame to a server not masked, or frame to a client masked',
    hint: 'A client masks every frame, a server none (RFC 6455 §5.1).',
    closeCode: 1002,
  },
  LWS_ERR_WS_CONTROL_LENGTH: {
    message: 'control frame longer than 125 bytes',
    hint: 'Keep the payload of close, ping and pong at 125 bytes or less (RFC 6455 §5.5).',
    closeCode: 1002,
  },
  LWS_ERR_WS_LENGTH_NOT_MINIMAL: {
    message: 'payload length not in its shortest form',
    hint: 'Encode a length in the fewest bytes that hold it (RFC 6455 §5.2).',
    closeCode: 1002,
  },
  LWS_ERR_WS_LENGTH_SIGN: {
    message: 'payload length with its highest bit set',
    hint: 'A 64-bit length is below 2^63 (RFC 6455 §5.2).',
    closeCode: 1002,
  },
  LWS_ERR_WS_LENGTH_UNSUPPORTED: {
    message: 'payload length over 2^53 - 1',
    hint: 'Send a message of that size in fragments (RFC 6455 §5.4).',
    closeCode: 1009,
  },
  LWS_ERR_WS_UTF8: {
    message: 'text that is not UTF-8',
    hint: 'Send text messages as UTF-8, anything else as binary (RFC 6455 §8.1).',
    closeCode: 1007,
  },
  LWS_ERR_WS_UTF8_INCOMPLETE: {
    message: 'text that ends inside a character',
    hint: 'End a text message, though not each of its fragments, at a whole character (RFC 6455 §8.1).',
    closeCode: 1007,
  },
  LWS_ERR_WS_CLOSE_LENGTH: {
    message: 'close payload of one byte',
    hint: 'Send either no close payload or a 2-byte code first (RFC 6455 §5.5.1).',
    closeCode: 1002,
  },
  LWS_ERR_WS_CLOSE_CODE: {
    message: 'close code that may not be sent',
    hint: 'Use 1000-1003, 1007-1014 or 3000-4999 (RFC 6455 §7.4).',
    closeCode: 1002,
  },
  LWS_ERR_WS_DEFLATE_DATA: {
    message: 'compressed message that does not inflate',
    hint: 'Send a whole message of DEFLATE blocks, without the last four bytes (RFC 7692 §7.2.1).',
    closeCode: 1007,
  },
  LWS_ERR_WS_DEFLATE_SIZE: {
    message: 'compressed message that inflates to more than is accepted',
    hint: 'Send less, raise maxMessageSize of the vhost, or take chunks with ws.receive.',
    closeCode: 1009,
  },
  LWS_ERR_WS_CLOSE_REASON: {
    message: 'close reason that is not UTF-8',
    hint: 'Send the close reason as UTF-8 (RFC 6455 §5.5.1).',
    closeCode: 1007,
  },
};

/**
 * The codes of `@lws-ts/ws-framing`. `LWS_ERR_WS_FRAME_WRITE` is misuse of a writing function and thrown;
 * the rest are what a `FrameSink` or `readClosePayload` is given.
 */
export const wsFramingErrors = errorTable({
  ...violations,
  LWS_ERR_WS_FRAME_WRITE: {
    message: 'frame writer was given what cannot be sent',
    hint: 'Give lengths that are integers from 0 to 2^53 - 1, a target with room, a key of 4 bytes and a close code that may be sent.',
  },
}) as ErrorTable<WsViolationCode | 'LWS_ERR_WS_FRAME_WRITE'> & ViolationTable;
