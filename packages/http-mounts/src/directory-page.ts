/** The page that shows what a directory has. */
import { escapeHtml, type FopsEntry } from '@lws-ts/interface';
import { hasDate } from './http-date.ts';
import { encodePath } from './location.ts';

/** Names that are read of a directory. */
export const mostEntries = 1000;
/** Of a longer path the end is shown, in characters. */
const mostOfPath = 1024;
/** Title, heading and rows end here: an answer in one piece has at most 64 KiB. */
const mostBytes = 56 * 1024;

const style =
  ':root{color-scheme:light dark}' +
  'body{margin:1.5rem auto;max-width:50rem;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif}' +
  'h1{font-size:1.3rem;font-weight:600;overflow-wrap:anywhere}' +
  // a name that ends the isolation of its element (U+2069) stays within a box
  'h1 bdi{display:inline-block}' +
  'table{width:100%;border-collapse:collapse}td{padding:.15rem 0;vertical-align:top}' +
  'td:first-child{overflow-wrap:anywhere}' +
  'td+td{padding-left:1rem;text-align:right;white-space:nowrap;opacity:.7}' +
  '@media(max-width:30rem){td:last-child{display:none}}';

/**
 * @param path of the request, with a slash at its end
 * @param above whether there is a directory above that may be shown
 */
export function directoryPage(path: string, entries: readonly FopsEntry[], above: boolean): string {
  const end = path.length > mostOfPath ? `…${path.slice(-mostOfPath)}` : path;
  // no element can be in it
  const title = escapeName(end.replace(/\p{Bidi_Control}/gu, '\ufffd'));
  const heading = end.replace(/[^/]+/g, isolated);
  const rows: string[] = above ? ['<tr><td><a href="../">../</a></td><td></td><td></td></tr>'] : [];
  let bytes = Buffer.byteLength(title) + Buffer.byteLength(heading);
  let shown = 0;
  for (const entry of inOrder(entries)) {
    const row = rowOf(entry);
    bytes += Buffer.byteLength(row);
    if (bytes > mostBytes) break;
    rows.push(row);
    shown++;
  }
  const more = shown < entries.length || entries.length >= mostEntries;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${title}</title><style>${style}</style></head><body><h1>${heading}</h1>` +
    `<table>${rows.join('')}</table>${more ? '<p>There is more than is shown.</p>' : ''}` +
    '</body></html>\n'
  );
}

/** Directories first, then by name, character by character. */
function inOrder(entries: readonly FopsEntry[]): FopsEntry[] {
  return entries.toSorted(
    (one, other) =>
      Number(other.directory) - Number(one.directory) ||
      (one.name < other.name ? -1 : Number(one.name > other.name)),
  );
}

function rowOf({ name, directory, length, modTime }: FopsEntry): string {
  const slash = directory ? '/' : '';
  // a name with a colon would be a scheme
  const href = `./${escapeHtml(encodePath(name))}${slash}`;
  return (
    `<tr><td><a href="${href}">${isolated(name)}${slash}</a></td>` +
    `<td>${directory ? '' : sizeOf(length)}</td><td>${timeOf(modTime)}</td></tr>`
  );
}

function timeOf(ms: number | undefined): string {
  if (ms === undefined || !hasDate(ms)) return '';
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A name whose direction, and what overrides it (UAX #9 §2), ends with it: nothing beside it changes places. */
function isolated(name: string): string {
  return `<bdi>${escapeName(name)}</bdi>`;
}

/** What cannot be seen is told by its number, and does nothing in the source. */
function escapeName(text: string): string {
  return escapeHtml(text).replace(/[\p{Cc}\p{Cf}]/gu, (one) => `&#${one.codePointAt(0)};`);
}
