import { type ErrorTable, errorTable } from '@lws-ts/interface';

export type FormErrorCode =
  | 'LWS_ERR_FORM_BOUNDARY'
  | 'LWS_ERR_FORM_BYTES'
  | 'LWS_ERR_FORM_DELIMITER'
  | 'LWS_ERR_FORM_DISPOSITION'
  | 'LWS_ERR_FORM_FIELDS'
  | 'LWS_ERR_FORM_FIELD_BYTES'
  | 'LWS_ERR_FORM_FILES'
  | 'LWS_ERR_FORM_FILE_BYTES'
  | 'LWS_ERR_FORM_IO'
  | 'LWS_ERR_FORM_NAME_BYTES'
  | 'LWS_ERR_FORM_NO_DESCRIPTORS'
  | 'LWS_ERR_FORM_NO_SPACE'
  | 'LWS_ERR_FORM_PART_CODING'
  | 'LWS_ERR_FORM_PART_HEADER'
  | 'LWS_ERR_FORM_PART_HEADER_BYTES'
  | 'LWS_ERR_FORM_PERCENT'
  | 'LWS_ERR_FORM_REFUSED'
  | 'LWS_ERR_FORM_STORAGE'
  | 'LWS_ERR_FORM_TRUNCATED'
  | 'LWS_ERR_FORM_TYPE'
  | 'LWS_ERR_FORM_UTF8';

/** What a form is refused for; `status` is what the answer says for it. */
export const formErrors: ErrorTable<FormErrorCode> = errorTable({
  LWS_ERR_FORM_BOUNDARY: {
    message: 'Content-Type of a multipart form has no boundary that RFC 2046 allows',
    hint: 'Send boundary= with 1 to 70 characters of RFC 2046 §5.1.1.',
    status: 400,
  },
  LWS_ERR_FORM_BYTES: {
    message: 'the form is larger than maxFormBytes',
    hint: 'Raise maxFormBytes of the FormReader where such forms are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_DELIMITER: {
    message: 'a boundary is followed by something that is neither a part nor the end',
    hint: 'Choose a boundary that no line of the content begins with (RFC 2046 §5.1.1).',
    status: 400,
  },
  LWS_ERR_FORM_DISPOSITION: {
    message: 'a part has no Content-Disposition that names it',
    hint: 'Send one Content-Disposition: form-data; name="…" with each part (RFC 7578 §4.2).',
    status: 400,
  },
  LWS_ERR_FORM_FIELDS: {
    message: 'the form has more fields than maxFields',
    hint: 'Raise maxFields of the FormReader where such forms are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_FIELD_BYTES: {
    message: 'the value of a field is longer than maxFieldBytes',
    hint: 'Raise maxFieldBytes of the FormReader, or send long content as a file.',
    status: 413,
  },
  LWS_ERR_FORM_FILES: {
    message: 'the form has more files than maxFiles',
    hint: 'Raise maxFiles of the FormReader where such forms are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_FILE_BYTES: {
    message: 'a file of the form is larger than maxFileBytes',
    hint: 'Raise maxFileBytes of the FormReader where such files are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_IO: {
    message: 'a file of the form could not be kept',
    hint: 'A function of files threw the error of a system call: look at the cause.',
    status: 500,
  },
  LWS_ERR_FORM_NAME_BYTES: {
    message: 'the name of a field or file input is longer than maxFieldNameBytes',
    hint: 'Raise maxFieldNameBytes of the FormReader where such names are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_NO_DESCRIPTORS: {
    message: 'no descriptor is left for a file of the form',
    hint: 'Raise the limit on open files, or fdReserve of the context.',
    status: 503,
  },
  LWS_ERR_FORM_NO_SPACE: {
    message: 'no space is left for a file of the form',
    hint: 'Make room where files of forms are kept.',
    status: 507,
  },
  LWS_ERR_FORM_PART_CODING: {
    message: 'a part has a Content-Transfer-Encoding that changes its bytes',
    hint: 'Send parts as they are: RFC 7578 §4.7 has no encodings.',
    status: 415,
  },
  LWS_ERR_FORM_PART_HEADER: {
    message: 'the header of a part is malformed',
    hint: 'Send lines of "Name: value" that end with CR LF, unfolded and without control characters.',
    status: 400,
  },
  LWS_ERR_FORM_PART_HEADER_BYTES: {
    message: 'the header of a part is longer than maxPartHeaderBytes',
    hint: 'Raise maxPartHeaderBytes of the FormReader where file names are that long.',
    status: 413,
  },
  LWS_ERR_FORM_PERCENT: {
    message: 'a percent sign is not followed by two hexadecimal digits',
    hint: 'Encode a percent sign itself as %25.',
    status: 400,
  },
  LWS_ERR_FORM_REFUSED: {
    message: 'the program refused the form',
    hint: 'A function of files returned -1, or the form was destroyed before its end.',
    status: 403,
  },
  LWS_ERR_FORM_STORAGE: {
    message: 'what is kept of the form is larger than maxStorage',
    hint: 'Raise maxStorage of the FormReader, or name the fields that are wanted.',
    status: 413,
  },
  LWS_ERR_FORM_TRUNCATED: {
    message: 'the form ends before its closing boundary',
    hint: 'End the body with the boundary between two pairs of hyphens (RFC 2046 §5.1.1).',
    status: 400,
  },
  LWS_ERR_FORM_TYPE: {
    message: 'the body is not a form',
    hint: 'Send application/x-www-form-urlencoded or multipart/form-data, in UTF-8.',
    status: 415,
  },
  LWS_ERR_FORM_UTF8: {
    message: 'a name or value of the form is not UTF-8',
    hint: 'Send the form from a page in UTF-8, or set accept-charset="utf-8" on it.',
    status: 400,
  },
});
