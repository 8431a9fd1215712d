import type { FopsFile, HttpFields } from '@lws-ts/interface';
import type { ContentCoding } from './content-coding.ts';
import { entityTag } from './entity-tag.ts';
import { writeHttpDate } from './http-date.ts';
import type { FileMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import type { Validators } from './preconditions.ts';

/** A file as answers describe it: its validators, and the fields of a 200 and of a 304, made once. */
export class Representation implements Validators {
  readonly length: number;
  readonly modTime: number | undefined;
  readonly changeTime: number | undefined;
  readonly contentTag: string | undefined;
  readonly type: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly lastModifiedMs: number;
  readonly fields: HttpFields;
  /** RFC 9110 §15.4.5: what a cache needs to know again, and no more. */
  readonly notModifiedFields: HttpFields;

  /**
   * @param type of the content, whatever encodes it
   * @param coding of the file; one that says itself that it is gzipped needs none
   * @param vary names of fields that had a say in the choice of the file
   * @param now ms since 1970; Last-Modified is never after it (RFC 9110 §8.8.2.1)
   */
  constructor(
    file: FopsFile,
    type: string,
    mount: FileMount,
    coding: ContentCoding,
    vary: string,
    now: number,
  ) {
    const { modTime, changeTime, contentTag } = file;
    const wholeSecond = Math.floor(Math.min(modTime ?? 0, now) / 1000) * 1000;
    const encoded = coding.name === '' && file.gzip ? 'gzip' : coding.name;
    const variant =
      (contentTag === undefined ? '' : `-${contentTag}`) + (encoded === '' ? '' : `-${encoded}`);
    this.length = file.length;
    this.modTime = modTime;
    this.changeTime = changeTime;
    this.contentTag = contentTag;
    this.type = type;
    this.etag =
      modTime === undefined && contentTag === undefined
        ? undefined
        : entityTag(file.length, modTime ?? 0, variant);
    this.lastModified = modTime === undefined ? undefined : writeHttpDate(wholeSecond);
    this.lastModifiedMs = wholeSecond;
    const validators: [string, string][] = [];
    if (this.etag !== undefined) validators.push(['etag', this.etag]);
    if (this.lastModified !== undefined) validators.push(['last-modified', this.lastModified]);
    const varies: HttpFields = vary === '' ? [] : [['vary', vary]];
    const always: HttpFields = [
      ...varies,
      ['cache-control', mount.cacheControl],
      ['x-content-type-options', 'nosniff'],
    ];
    const fields: HttpFields = [
      ['content-type', type],
      ...(encoded === '' ? [] : ([['content-encoding', encoded]] as const)),
      ...validators,
      ['accept-ranges', 'bytes'],
      ...always,
    ];
    this.fields = frozen(withMountHeaders(fields, mount.headers));
    // Last-Modified helps a cache only where there is no tag, and there is a tag whenever there is a time.
    const known: HttpFields = [...validators.slice(0, 1), ...always];
    this.notModifiedFields = frozen(withMountHeaders(known, mount.headers));
  }

  /** Whether `file` is what this was made from, as far as length, times and tag can tell. */
  describes(file: Pick<FopsFile, 'length' | 'modTime' | 'changeTime' | 'contentTag'>): boolean {
    return (
      this.length === file.length &&
      this.modTime === file.modTime &&
      this.changeTime === file.changeTime &&
      this.contentTag === file.contentTag
    );
  }
}

/** Nobody can change them, so that who sends them need not compare them each time. */
function frozen(fields: HttpFields): HttpFields {
  for (const field of fields) Object.freeze(field);
  return Object.freeze(fields);
}
