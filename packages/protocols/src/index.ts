export { dumbIncrement } from './dumb-increment.ts';
export { echo } from './echo.ts';
export { fraggle, watchedFraggle } from './fraggle.ts';
export { lwsMirror } from './lws-mirror.ts';
export { lwsStatus } from './lws-status.ts';
export { rawProxy } from './raw-proxy.ts';
export { rawTest, watchedRawTest } from './raw-test.ts';
