import type { CodedError } from '@lws-ts/interface';
import { formErrors } from './form-errors.ts';
import type { FormPart } from './form-part.ts';
import { readParameters } from './parameters.ts';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const disposition = /^form-data(?=[ \t]*(?:;|$))/i;
const identity = /^(?:7bit|8bit|binary)$/i;
/** Those of ASCII but the tab. */
const control = /[^\P{Cc}\t\x80-\x9f]/u;
const controls = /\p{Cc}/gu;
const extended = /^(utf-8|iso-8859-1)'[^']*'((?:[!#$&+\-.^_`|~0-9A-Za-z]|%[0-9A-Fa-f]{2})*)$/i;
/** RFC 7578 §4.4. */
const defaultType = 'text/plain';

/** What the header of a part says, without its empty line (RFC 7578 §4.2 to §4.8), or why it says nothing. */
export function readPartHead(head: string): FormPart | CodedError {
  let named: ReadonlyMap<string, string> | undefined;
  let type: string | undefined;
  for (const line of head === '' ? [] : head.split('\r\n')) {
    const colon = line.indexOf(':');
    const field = line.slice(0, Math.max(colon, 0));
    if (!token.test(field) || control.test(line)) return formErrors.LWS_ERR_FORM_PART_HEADER;
    const value = line.slice(colon + 1).trim();
    switch (field.toLowerCase()) {
      case 'content-disposition': {
        const kind = disposition.exec(value)?.[0];
        const parameters = kind === undefined ? undefined : readParameters(value, kind.length);
        if (parameters === undefined || named !== undefined)
          return formErrors.LWS_ERR_FORM_DISPOSITION;
        named = parameters;
        break;
      }
      case 'content-type':
        if (type !== undefined) return formErrors.LWS_ERR_FORM_PART_HEADER;
        type = value;
        break;
      case 'content-transfer-encoding':
        if (!identity.test(value)) return formErrors.LWS_ERR_FORM_PART_CODING;
        break;
      default:
    }
  }
  const name = named?.get('name');
  if (named === undefined || name === undefined) return formErrors.LWS_ERR_FORM_DISPOSITION;
  const given = readFilename(named);
  if (typeof given === 'object') return given;
  return {
    name: unescapeName(name),
    filename: given === undefined ? undefined : baseName(given),
    type: type === undefined || type === '' ? defaultType : type,
  };
}

/**
 * `filename*` goes before `filename`, as in RFC 6266 §4.3, unless it cannot be read: RFC 7578 §4.2 has no such parameter,
 * but clients send it.
 */
function readFilename(parameters: ReadonlyMap<string, string>): string | CodedError | undefined {
  const star = parameters.get('filename*');
  const read = star === undefined ? undefined : readExtended(star);
  if (typeof read === 'string') return read;
  const plain = parameters.get('filename');
  return plain === undefined ? read : unescapeName(plain);
}

/** RFC 8187, and ISO-8859-1 of RFC 5987 before it. */
function readExtended(value: string): string | CodedError {
  const [, charset, encoded] = extended.exec(value) ?? [];
  if (charset === undefined || encoded === undefined) return formErrors.LWS_ERR_FORM_DISPOSITION;
  if (charset.toLowerCase() !== 'utf-8')
    return encoded.replace(/%(..)/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  try {
    return decodeURIComponent(encoded);
  } catch {
    return formErrors.LWS_ERR_FORM_UTF8;
  }
}

/** The three characters that browsers encode in names (HTML, "multipart/form-data encoding algorithm"). */
function unescapeName(name: string): string {
  return name.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"');
}

/** A name that leads nowhere: its last segment for either slash, and nothing where that is a dot segment. */
function baseName(filename: string): string {
  const base = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
  return base === '.' || base === '..' ? '' : base.replace(controls, '_');
}
