export { type ChunkedHtmlOptions, chunkedHtml } from './chunked-html.ts';
export { mountErrors } from './errors.ts';
export { EventStream, type EventStreamOptions, type ServerEvent } from './event-stream.ts';
export { formErrors } from './form/form-errors.ts';
export { type FormLimits, formLimitRules } from './form/form-limits.ts';
export {
  type FormFile,
  type FormFiles,
  type FormOwner,
  FormReader,
  type FormReaderOptions,
} from './form/form-reader.ts';
export { httpMounts } from './http-mounts.ts';
export type {
  CallbackMountOptions,
  FileMountOptions,
  Mount,
  OriginMountOptions,
  RedirectMountOptions,
  UpstreamTls,
} from './mount.ts';
export type { HttpMountsContextOptions, HttpMountsVhostOptions } from './options.ts';
export { cgiMountRules } from './read-mount.ts';
