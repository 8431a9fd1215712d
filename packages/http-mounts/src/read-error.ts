import type { CodedError } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';

/** Why a file that has more to give gave nothing. @param got what a read gave: an error, or no number of bytes */
export function readError(got: number | CodedError): CodedError {
  return typeof got === 'number' ? mountErrors.LWS_ERR_MOUNT_TRUNCATED : got;
}
