import { accessSync, constants, statSync } from 'node:fs';
import type { CodedError } from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';

/** A missing interpreter is ENOENT too, and no fault of who asks. */
export function startError({ program }: CgiMount, { code }: NodeJS.ErrnoException): CodedError {
  if (code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM')
    return mountErrors.LWS_ERR_MOUNT_CGI_BUSY;
  try {
    if (statSync(program).isFile()) accessSync(program, constants.X_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return mountErrors.LWS_ERR_MOUNT_CGI_ABSENT;
  }
  return mountErrors.LWS_ERR_MOUNT_CGI_START;
}
