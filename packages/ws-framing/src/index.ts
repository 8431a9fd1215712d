export {
  type CloseStatus,
  encodeClosePayload,
  isSendableCloseCode,
  readClosePayload,
} from './close-payload.ts';
export { type WsViolation, type WsViolationCode, wsFramingErrors } from './errors.ts';
export { frameHeaderSize, writeFrameHeader } from './frame-header.ts';
export { FrameReader, type FrameReaderOptions, type FrameSink } from './frame-reader.ts';
export { maskInto, unmask } from './masking.ts';
export { OPCODE } from './opcode.ts';
export { Utf8Validator } from './utf8-validator.ts';
