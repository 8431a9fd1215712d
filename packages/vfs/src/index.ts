export { DiskFops, type DiskOptions } from './disk-fops.ts';
export { type VfsErrorCode, vfsErrors } from './errors.ts';
export { FopsBase } from './fops-base.ts';
export { getFops, setFops, vfsFileOpen, type WithFops } from './fops-slot.ts';
export { type MemoryFileFacts, MemoryFops } from './memory-fops.ts';
export { OverlayFops } from './overlay-fops.ts';
export { type VfsContextOptions, vfs } from './vfs.ts';
export {
  vfsFileSeekEnd,
  vfsFileSeekSet,
  vfsGetLength,
  vfsGetModTime,
  vfsTell,
} from './vfs-file.ts';
export { ZipFops } from './zip/zip-fops.ts';
export type { ZipOptions } from './zip/zip-options.ts';
