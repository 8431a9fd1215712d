/** Small pages for answers that are not a file. */
import { type ErrorPageContent, PAGE_POLICY, statusPage as pageOf } from '@lws-ts/http';
import type { HttpFields } from '@lws-ts/interface';

/** What a status says of a file. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [405, 'That cannot be done with a file.'],
  [412, 'The file is not the one you expected.'],
  [416, 'The file is not as long as that.'],
  [500, 'The file could not be read.'],
]);

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
 * @param words in place of its own
 * @param own what the vhost has in place of the page
 */
export function statusPage(
  status: number,
  fields: HttpFields = [],
  words: string | undefined = WORDS.get(status),
  own?: ErrorPageContent,
): StatusPage {
  if (own !== undefined)
    return {
      fields: [...fields, ['content-type', own.type], ...FIELDS],
      body: own.bytes,
    };
  return {
    fields: [...fields, ['content-type', 'text/html; charset=utf-8'], PAGE_POLICY, ...FIELDS],
    body: pageOf(status, words),
  };
}
