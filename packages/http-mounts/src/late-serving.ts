/** What is loaded when a context first has a mount, or a protocol that is asked of every request. */
export { checkMounts } from './check-mounts.ts';
export { checkVhost, serveMounts } from './serve-mounts.ts';
