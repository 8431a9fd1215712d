export { dumbIncrement } from './dumb-increment.ts';
export { lwsMirror } from './lws-mirror.ts';
export { lwsStatus } from './lws-status.ts';
