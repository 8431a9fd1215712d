import type { CodedError } from '@lws-ts/interface';
import { formErrors } from './form-errors.ts';
import { readParameters } from './parameters.ts';

/** How the body of a form is written. */
export interface FormType {
  /** That of multipart/form-data; undefined of application/x-www-form-urlencoded. */
  readonly boundary: string | undefined;
}

const mediaType = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+)/;
/** RFC 2046 §5.1.1: bchars, and no space at the end. */
const boundaryForm = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

const utf8 = /^(?:utf-?8|us-ascii)$/i;

/** Reads Content-Type of a form, or says why it is none. */
export function readFormType(contentType: string | undefined): FormType | CodedError {
  const match = mediaType.exec(contentType ?? '');
  if (contentType === undefined || match === null) return formErrors.LWS_ERR_FORM_TYPE;
  const parameters = readParameters(contentType, match[0].length);
  switch (match[1]?.toLowerCase() ?? '') {
    case 'multipart/form-data': {
      const boundary = parameters?.get('boundary');
      return boundary === undefined || !boundaryForm.test(boundary)
        ? formErrors.LWS_ERR_FORM_BOUNDARY
        : { boundary };
    }
    case 'application/x-www-form-urlencoded':
      return utf8.test(parameters === undefined ? '?' : (parameters.get('charset') ?? 'utf-8'))
        ? { boundary: undefined }
        : formErrors.LWS_ERR_FORM_TYPE;
    default:
      return formErrors.LWS_ERR_FORM_TYPE;
  }
}
