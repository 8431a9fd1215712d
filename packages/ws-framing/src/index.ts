export {
  type CloseStatus,
  encodeClosePayload,
  isSendableCloseCode,
  readClosePayload,
} from './close-payload.ts';
export { type WsViolation, type WsViolationCode, wsFramingErrors } from './errors.ts';
export {
  type AgreedExtension,
  type DecodedSink,
  type ExtensionSession,
  encodePiece,
  type WsExtension,
} from './extension.ts';
export {
  type ExtensionElement,
  readExtensionList,
  writeExtensionList,
} from './extension-list.ts';
export { frameHeaderSize, writeFrameHeader } from './frame-header.ts';
export { FrameReader, type FrameReaderOptions, type FrameSink } from './frame-reader.ts';
export { maskInto, unmask } from './masking.ts';
export { OPCODE } from './opcode.ts';
export {
  type DeflateLimits,
  type DeflateOptions,
  deflateLimitRules,
  deflateOptionRules,
  permessageDeflate,
  setDeflateLimits,
} from './permessage-deflate.ts';
export { Utf8Validator } from './utf8-validator.ts';
