/** Small pages for answers that are not a file. They say nothing of the request, and need nothing from elsewhere. */
import type { ErrorPageContent } from '@lws-ts/http';
import { escapeHtml, type HttpFields } from '@lws-ts/interface';

const PHRASES: ReadonlyMap<number, string> = new Map([
  [403, 'This is not for you.'],
  [404, 'There is nothing here.'],
  [405, 'That cannot be done with a file.'],
  [412, 'The file is not the one you expected.'],
  [416, 'The file is not as long as that.'],
  [500, 'The file could not be read.'],
  [503, 'Too busy just now. Try again in a moment.'],
]);

const STYLE =
  ':root{color-scheme:light dark}' +
  'body{margin:0;min-height:100vh;display:grid;place-content:center;text-align:center;' +
  'font:1rem/1.5 system-ui,sans-serif;background:#fafafa;color:#333}' +
  'h1{margin:0;font-size:4rem;font-weight:200}p{margin:0 1rem}' +
  '@media(prefers-color-scheme:dark){body{background:#16181d;color:#ccc}}';

/** Of a page made here: it has a style of its own, no scripts, and nothing from elsewhere, whatever the vhost allows its files. */
export const PAGE_POLICY: HttpFields[number] = [
  'content-security-policy',
  "default-src 'none'; style-src 'unsafe-inline'",
];

const FIELDS: HttpFields = Object.freeze([
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
] as const);

/** A body and its fields. */
export interface StatusPage {
  readonly fields: HttpFields;
  readonly body: string | Uint8Array;
}

/**
 * The page of a status; `fields` come before its own.
 *
 * @param text in place of its own words
 * @param own what the vhost has in place of the page
 */
export function statusPage(
  status: number,
  fields: HttpFields = [],
  text: string = PHRASES.get(status) ?? (status < 400 ? '' : 'The request failed.'),
  own?: ErrorPageContent,
): StatusPage {
  if (own !== undefined)
    return {
      fields: [...fields, ['content-type', own.type], ...FIELDS],
      body: own.bytes,
    };
  const words = escapeHtml(text);
  return {
    fields: [...fields, ['content-type', 'text/html; charset=utf-8'], PAGE_POLICY, ...FIELDS],
    body:
      `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
      `<meta name="viewport" content="width=device-width,initial-scale=1">` +
      `<title>${status}</title><style>${STYLE}</style></head>` +
      `<body><h1>${status}</h1><p>${words}</p></body></html>\n`,
  };
}
