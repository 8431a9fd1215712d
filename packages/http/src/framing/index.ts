export { type HttpErrorCode, httpErrors } from '../errors.ts';
export { ChunkedBodyReader, type ChunkedBodySink } from './chunked-body-reader.ts';
export { readContentLength } from './content-length.ts';
export { FieldLinesReader } from './field-lines-reader.ts';
export { defaultHeadLimits, type HeadLimits } from './head-limits.ts';
export { HeadTable } from './head-table.ts';
export { hostEnd } from './host.ts';
export { RequestHeadReader } from './request-head-reader.ts';
export { allowedMethods } from './request-line-reader.ts';
export { readPath } from './request-path.ts';
export { ResponseHeadReader } from './response-head-reader.ts';
export { isHeadOnly } from './trailer-fields.ts';
export {
  fieldsLength,
  reasonPhrase,
  responseHeadLength,
  writeFields,
  writeResponseHead,
} from './write-head.ts';
