import { type CodedError, LwsError } from '@lws-ts/interface';
import { type FormErrorCode, formErrors } from './form-errors.ts';

const CODES: ReadonlyMap<string, FormErrorCode> = new Map([
  ['ENOSPC', 'LWS_ERR_FORM_NO_SPACE'],
  ['EDQUOT', 'LWS_ERR_FORM_NO_SPACE'],
  ['EMFILE', 'LWS_ERR_FORM_NO_DESCRIPTORS'],
  ['ENFILE', 'LWS_ERR_FORM_NO_DESCRIPTORS'],
] as const);

/** What a form is refused for whose file the system did not keep; undefined for what is no error of a system call. */
export function keptFileError(thrown: unknown): CodedError | undefined {
  if (!(thrown instanceof Error && 'syscall' in thrown && 'code' in thrown)) return undefined;
  const code = CODES.get(String(thrown.code)) ?? 'LWS_ERR_FORM_IO';
  return new LwsError(formErrors[code], thrown.message, { cause: thrown });
}
