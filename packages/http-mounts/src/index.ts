export { mountErrors } from './errors.ts';
export { EventStream, type EventStreamOptions, type ServerEvent } from './event-stream.ts';
export {
  type HttpMountsContextOptions,
  type HttpMountsVhostOptions,
  httpMounts,
} from './http-mounts.ts';
export type {
  CallbackMountOptions,
  FileMountOptions,
  Mount,
  OriginMountOptions,
  RedirectMountOptions,
} from './mount.ts';
