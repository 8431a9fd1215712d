export { DiskFops, type DiskOptions } from './disk-fops.ts';
export { type VfsErrorCode, vfsErrors } from './errors.ts';
export { FopsBase } from './fops-base.ts';
export { seekEnd, seekSet } from './seek.ts';
export { type VfsContextOptions, vfs } from './vfs.ts';
