/** The page for a status where the vhost has none of its own. It says nothing of the request and loads nothing. */
import { escapeHtml, type HttpFields } from '@lws-ts/interface';
import { reasonPhrase } from './framing/index.ts';

const WORDS: ReadonlyMap<number, string> = new Map([
  [400, 'The request could not be understood.'],
  [403, 'This is not for you.'],
  [404, 'There is nothing here.'],
  [408, 'The request took too long.'],
  [413, 'That is more than is taken here.'],
  [429, 'That was too much at once. Try again in a moment.'],
  [431, 'The request says more of itself than is read here.'],
  [503, 'Too busy just now. Try again in a moment.'],
]);

const STYLE =
  ':root{color-scheme:light dark}' +
  'body{margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;' +
  'font:1rem/1.5 system-ui,sans-serif;background:#fafafa;color:#333}' +
  'h1{margin:0;font-size:4rem;font-weight:200}p{margin:0 1rem}' +
  '@media(prefers-color-scheme:dark){body{background:#16181d;color:#ccc}}';

/** Of a page made here: it has a style of its own, no scripts, and nothing from elsewhere, whatever the vhost allows its files. */
export const PAGE_POLICY: HttpFields[number] = Object.freeze([
  'content-security-policy',
  "default-src 'none'; style-src 'unsafe-inline'",
] as const);

/** @param words in place of the usual ones; empty: none */
export function statusPage(status: number, words: string = wordsOf(status)): string {
  const title = `${status} ${reasonPhrase(status)}`.trimEnd();
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${title}</title><style>${STYLE}</style></head>` +
    `<body><h1>${status}</h1><p>${escapeHtml(words)}</p></body></html>\n`
  );
}

function wordsOf(status: number): string {
  if (status < 400) return '';
  const phrase = reasonPhrase(status);
  return WORDS.get(status) ?? (phrase === '' ? 'The request failed.' : `${phrase}.`);
}
