/** Rewriting of files on their way out: `${name}` replaced, whatever the borders of the pieces. */
import { atOnce } from '@lws-ts/core';
import { escapeHtml, type HtmlProcessor } from '@lws-ts/interface';

/** How names are replaced. */
export interface ChunkedHtmlOptions {
  /** What replaces a name is HTML itself; otherwise its special characters are escaped. @defaultValue false */
  readonly raw?: boolean;
}

const DOLLAR = 0x24;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const longestName = 64;
const nothing = new Uint8Array(0);

/**
 * Makes what replaces each `${name}` of a file by `replace(name)`; undefined leaves it as it stands. A name has up to
 * 64 letters, digits, `_`, `-` and `.`. No more than one name is kept from one piece to the next.
 *
 * lws: lws_chunked_html_process, struct lws_process_html_state
 */
export function chunkedHtml(
  replace: (name: string) => string | undefined,
  { raw = false }: ChunkedHtmlOptions = {},
): HtmlProcessor {
  let held = nothing;
  return {
    process(piece, final) {
      const bytes = held.length === 0 ? piece : joined(held, piece);
      held = nothing;
      const parts: Uint8Array[] = [];
      let from = 0;
      for (let at = bytes.indexOf(DOLLAR); at >= 0; at = bytes.indexOf(DOLLAR, at + 1)) {
        const end = nameEnd(bytes, at);
        if (end === undefined) {
          // its end may come with the next piece
          if (final) break;
          held = new Uint8Array(bytes.subarray(at));
          parts.push(bytes.subarray(from, at));
          return joined(...parts);
        }
        const name = end < 0 ? '' : Buffer.from(bytes.subarray(at + 2, end)).toString('latin1');
        const text = name === '' ? undefined : atOnce(replace(name), `what replaces ${name}`);
        if (text === undefined) continue;
        parts.push(bytes.subarray(from, at), Buffer.from(raw ? text : escapeHtml(text), 'utf8'));
        from = end + 1;
        at = end;
      }
      parts.push(bytes.subarray(from));
      return joined(...parts);
    },
  };
}

/** Where the `}` of a name stands that begins at `at`; -1: none begins there; undefined: more bytes will tell. */
function nameEnd(bytes: Uint8Array, at: number): number | undefined {
  if (at + 1 < bytes.length && bytes[at + 1] !== OPEN) return -1;
  for (let next = at + 2; next <= at + 2 + longestName; next++) {
    const byte = bytes[next];
    if (byte === undefined) return undefined;
    if (byte === CLOSE) return next === at + 2 ? -1 : next;
    if (!isNameByte(byte)) return -1;
  }
  return -1;
}

function isNameByte(byte: number): boolean {
  return /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte));
}

/** One array of its own. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
