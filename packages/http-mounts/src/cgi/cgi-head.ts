/** Reads the header block of a script's answer, RFC 3875 §6: strictly, since whatever it says goes to the peer. */
import type { HttpFields } from '@lws-ts/interface';
import { type LocalPlace, readLocalPlace } from './redirected-request.ts';

/** The most that a header block may have, in bytes. */
export const mostHeadBytes = 16_384;

/** A header block, read. */
export interface CgiHead {
  readonly status: number;
  readonly fields: HttpFields;
  /** Announced by the script. */
  readonly length: number | undefined;
  /** Where this server is to look for the answer: there is nothing else in the block. RFC 3875 §6.2.2 */
  readonly local: LocalPlace | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const LOCATION = /^(?:[a-z][a-z0-9+.-]*:[\x21-\x7e]+|\/(?!\/)[\x21-\x7e]*)$/i;
/** May be said once. */
const single: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'date',
  'location',
  'status',
]);
/** Of the connection, which is not the script's. RFC 3875 §6.3.4 */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'upgrade',
]);

/** Gathers a header block from the pieces it comes in. */
export class CgiHeadReader {
  readonly #bytes = new Uint8Array(mostHeadBytes);
  #filled = 0;
  /** Begin of the line that is read. */
  #line = 0;

  /** How many bytes of `piece` belong to the block: -1 all of them, and more is to come; -2 it is too large. */
  push(piece: Uint8Array): number {
    for (let at = 0; at < piece.length; at++) {
      if (this.#filled === mostHeadBytes) return -2;
      const byte = piece[at] as number;
      this.#bytes[this.#filled++] = byte;
      if (byte !== LF) continue;
      const length = this.#filled - this.#line;
      if (length === 1 || (length === 2 && this.#bytes[this.#line] === CR)) return at + 1;
      this.#line = this.#filled;
    }
    return -1;
  }

  /** The block that {@link push} found the end of, or undefined: it is malformed. */
  read(): CgiHead | undefined {
    const block = Buffer.from(this.#bytes.buffer, 0, this.#line).toString('latin1');
    return readHead(block.split('\n').slice(0, -1));
  }
}

function readHead(lines: readonly string[]): CgiHead | undefined {
  const fields: (readonly [string, string])[] = [];
  const said = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line.endsWith('\r') ? line.slice(0, -1) : line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const lower = name.toLowerCase();
    if (lower === 'transfer-encoding' || (single.has(lower) && said.has(lower))) return undefined;
    const trimmed = value.replace(/[ \t]+$/, '');
    if (single.has(lower)) said.set(lower, trimmed);
    if (lower !== 'status' && lower !== 'content-length' && !dropped.has(lower))
      fields.push([lower, trimmed]);
  }
  return judge(said, fields);
}

/** RFC 3875 §6.2, §6.3 */
function judge(said: ReadonlyMap<string, string>, fields: HttpFields): CgiHead | undefined {
  const status = said.get('status');
  const location = said.get('location');
  const length = said.get('content-length');
  if (status === undefined && location === undefined && !said.has('content-type')) return undefined;
  // a 1xx is no answer, and the connection is not the script's to switch
  if (status !== undefined && !/^[2-5]\d\d(?:[ \t].*)?$/.test(status)) return undefined;
  if (location !== undefined && !LOCATION.test(location)) return undefined;
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return undefined;
  // with anything beside it the peer is meant, and with a fragment only the peer can go there
  const alone = status === undefined && length === undefined && fields.length === 1;
  const leads = alone && location !== undefined && /^\/[^#]*$/.test(location);
  const local = leads ? readLocalPlace(location) : undefined;
  if (leads && local === undefined) return undefined;
  return {
    local,
    status:
      status === undefined ? (location === undefined ? 200 : 302) : Number(status.slice(0, 3)),
    fields,
    length: length === undefined ? undefined : Number(length),
  };
}
