import { expect, test } from 'vitest';
import { wsFramingErrors } from '../src/index.ts';

test('every violation names the close code of RFC 6455 §7.4.1', () => {
  const closeCodes = Object.fromEntries(
    Object.values(wsFramingErrors).map((error) => [error.code, error.closeCode]),
  );
  expect(closeCodes).toEqual({
    LWS_ERR_WS_RESERVED_BIT: 1002,
    LWS_ERR_WS_OPCODE: 1002,
    LWS_ERR_WS_CONTROL_FRAGMENTED: 1002,
    LWS_ERR_WS_CONTINUATION: 1002,
    LWS_ERR_WS_INTERLEAVED: 1002,
    LWS_ERR_WS_MASK: 1002,
    LWS_ERR_WS_CONTROL_LENGTH: 1002,
    LWS_ERR_WS_LENGTH_NOT_MINIMAL: 1002,
    LWS_ERR_WS_LENGTH_SIGN: 1002,
    LWS_ERR_WS_LENGTH_UNSUPPORTED: 1009,
    LWS_ERR_WS_UTF8: 1007,
    LWS_ERR_WS_UTF8_INCOMPLETE: 1007,
    LWS_ERR_WS_CLOSE_LENGTH: 1002,
    LWS_ERR_WS_CLOSE_CODE: 1002,
    LWS_ERR_WS_CLOSE_REASON: 1007,
    LWS_ERR_WS_DEFLATE_DATA: 1007,
    LWS_ERR_WS_DEFLATE_SIZE: 1009,
    LWS_ERR_WS_FRAME_WRITE: undefined,
  });
});
