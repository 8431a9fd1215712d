/** Pages of one's own for errors, read once when their vhost is made: no request can make one fail, or lead to another. */
import { readFileSync, statSync } from 'node:fs';
import { interfaceErrors, isRecord, LwsError, type VhostView } from '@lws-ts/interface';

/** A page that is sent in place of the house's own: the path of a file, or what is in it. */
export type ErrorDocument = string | { readonly type: string; readonly body: string | Uint8Array };

/** One as it is kept. */
export interface ErrorPageContent {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The largest, in bytes: it is sent in one piece with the head. */
const MOST_BYTES = 32_768;

const types: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['htm', 'text/html; charset=utf-8'],
  ['txt', 'text/plain; charset=utf-8'],
  ['json', 'application/json'],
]);

/** Reads the option `errorDocuments`. @throws `LWS_ERR_OPTION` */
export function checkErrorDocuments(
  value: unknown,
  name: string,
): ReadonlyMap<number, ErrorPageContent> {
  if (!isRecord(value)) throw refused(`${name} is not a record of documents by status`);
  const documents = new Map<number, ErrorPageContent>();
  for (const [key, given] of Object.entries(value)) {
    if (!/^[45]\d\d$/.test(key)) throw refused(`${name} has ${key}, which is not 400 to 599`);
    const document = readDocument(given, `${name}.${key}`);
    if (document.bytes.length > MOST_BYTES)
      throw refused(`${name}.${key} has more than ${MOST_BYTES} bytes`);
    documents.set(Number(key), document);
  }
  return documents;
}

/** The document of a vhost for a status, if there is one: for modules that answer errors themselves. lws: error_document_404 */
export function errorDocument(vhost: VhostView, status: number): ErrorPageContent | undefined {
  const documents = vhost.options['errorDocuments'];
  return documents instanceof Map ? documents.get(status) : undefined;
}

function readDocument(given: unknown, name: string): ErrorPageContent {
  if (typeof given === 'string') {
    const type = types.get(given.slice(given.lastIndexOf('.') + 1).toLowerCase());
    if (type === undefined)
      throw refused(`${name} is neither .html nor .txt nor .json: give type and body`);
    try {
      // a FIFO would be waited for, and the whole process with it
      if (!statSync(given).isFile()) throw new Error('not a file');
      return { type, bytes: new Uint8Array(readFileSync(given)) };
    } catch (cause) {
      throw refused(`${name} cannot be read: ${given}: ${(cause as Error).message}`, cause);
    }
  }
  const { type, body } = (given ?? {}) as { type?: unknown; body?: unknown };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (
    typeof type !== 'string' ||
    !/^[!-~][ -~]{0,127}$/.test(type) ||
    !(bytes instanceof Uint8Array)
  )
    throw refused(`${name} is neither a path nor a type with a body`);
  return { type, bytes: new Uint8Array(bytes) };
}

function refused(message: string, cause?: unknown): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, message, { cause });
}
