import type { FileOps } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';

const REFUSAL = mountErrors.LWS_ERR_MOUNT_FOPS;

/** File operations of a context that has none: nothing can be opened. */
export const absentFops: FileOps = Object.freeze({
  name: 'absent',
  next: undefined,
  signatures: [],
  open: (_path, _virtualPath, _flags, done) => done(REFUSAL),
  close: () => undefined,
  seekCur: () => 0,
  read: () => REFUSAL,
  write: () => REFUSAL,
} satisfies FileOps);
