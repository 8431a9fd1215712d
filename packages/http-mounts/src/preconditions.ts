import type { Clock, HttpRequest } from '@lws-ts/interface';
import { listsTag } from './entity-tag.ts';
import { readHttpDate } from './http-date.ts';

/** What conditions are compared with. */
export interface Validators {
  /** A strong entity tag. */
  readonly etag: string | undefined;
  /** As it is sent. */
  readonly lastModified: string | undefined;
  /** The same in ms since 1970, whole seconds. */
  readonly lastModifiedMs: number;
}

/** The status of an answer to GET or HEAD for a file that exists. */
export type ConditionalStatus = 200 | 304 | 412;

/**
 * Evaluates the conditions of a request in the order of RFC 9110 §13.2.2. Those of other methods than GET and HEAD are
 * not for the file: a program that answers with one has done what was asked for.
 */
export function evaluate(request: HttpRequest, has: Validators, clock: Clock): ConditionalStatus {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 200;
  const ifMatch = request.list('if-match');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, has.etag, false)) return 412;
  } else {
    const unmodifiedSince = dateField(request, 'if-unmodified-since', has, clock);
    if (unmodifiedSince !== undefined && has.lastModifiedMs > unmodifiedSince) return 412;
  }
  const ifNoneMatch = request.list('if-none-match');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, has.etag, true) ? 304 : 200;
  const modifiedSince = dateField(request, 'if-modified-since', has, clock);
  return modifiedSince !== undefined && has.lastModifiedMs <= modifiedSince ? 304 : 200;
}

function matches(list: string, etag: string | undefined, weak: boolean): boolean {
  return etag === undefined ? list.trim() === '*' : listsTag(list, etag, weak);
}

/** The date in a field; undefined when absent, not valid, or of no use because the file has none. */
function dateField(
  request: HttpRequest,
  name: string,
  has: Validators,
  clock: Clock,
): number | undefined {
  if (has.lastModified === undefined) return undefined;
  const value = request.list(name);
  if (value === undefined) return undefined;
  return value === has.lastModified ? has.lastModifiedMs : readHttpDate(value, clock.wallNow());
}

/** A time of modification is no validator until nothing else can be written in the same second (RFC 9110 §8.8.2.2). */
const STRONG_MS = 1000;

/**
 * Whether If-Range, RFC 9110 §13.1.5, lets a range be sent: it is absent, or names this very content. Only what
 * cannot stand for two contents counts: no weak tag, no date of the last second.
 */
export function ifRangeHolds(request: HttpRequest, has: Validators, clock: Clock): boolean {
  const value = request.list('if-range');
  if (value === undefined) return true;
  if (value.endsWith('"')) return value === has.etag;
  const now = clock.wallNow();
  const strong = has.lastModified !== undefined && now - has.lastModifiedMs >= STRONG_MS;
  return strong && readHttpDate(value, now) === has.lastModifiedMs;
}
