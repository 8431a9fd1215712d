import type { HttpFields } from '@lws-ts/interface';
import { crypto } from './node-crypto.ts';
import type { ByteRange } from './ranges.ts';
import type { Representation } from './representation.ts';

/** A piece of a body: bytes of our own, then a range of the content, which may be empty. */
export interface BodyPart {
  readonly before: Uint8Array;
  readonly range: ByteRange;
}

/** What a 206 says, RFC 9110 §15.3.7. */
export interface PartialContent {
  readonly fields: HttpFields;
  readonly parts: readonly BodyPart[];
  /** Of the body, in bytes. */
  readonly length: number;
}

const NO_BYTES = new Uint8Array(0);
const NO_RANGE: ByteRange = Object.freeze({ start: 0, end: 0 });
const encoder = new TextEncoder();

/** The whole of a content as the parts of a body. */
export function wholeContent(length: number): readonly BodyPart[] {
  return [{ before: NO_BYTES, range: { start: 0, end: length } }];
}

/** @param ranges at least one; of more than one each becomes a part of a multipart body (RFC 9110 §14.6) */
export function partialContent(
  representation: Representation,
  ranges: readonly ByteRange[],
): PartialContent {
  const { fields, length, type } = representation;
  const [first] = ranges;
  if (first !== undefined && ranges.length === 1)
    return {
      fields: [...fields, ['content-range', contentRange(first, length)]],
      parts: [{ before: NO_BYTES, range: first }],
      length: first.end - first.start,
    };
  // Not to be guessed, so that no content can be written that ends a part.
  const boundary = crypto().randomBytes(18).toString('hex');
  const parts = ranges.map((range, at) => ({
    before: encoder.encode(
      `${at === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `content-type: ${type}\r\ncontent-range: ${contentRange(range, length)}\r\n\r\n`,
    ),
    range,
  }));
  parts.push({ before: encoder.encode(`\r\n--${boundary}--\r\n`), range: NO_RANGE });
  return {
    fields: fields.map((field) =>
      field[0] === 'content-type'
        ? ['content-type', `multipart/byteranges; boundary=${boundary}`]
        : field,
    ),
    parts,
    length: parts.reduce(
      (sum, { before, range }) => sum + before.length + range.end - range.start,
      0,
    ),
  };
}

/** The body in one piece, when the content is in hand. */
export function joinParts(partial: PartialContent, content: Uint8Array): Uint8Array {
  const joined = new Uint8Array(partial.length);
  let at = 0;
  for (const { before, range } of partial.parts) {
    joined.set(before, at);
    joined.set(content.subarray(range.start, range.end), at + before.length);
    at += before.length + range.end - range.start;
  }
  return joined;
}

function contentRange(range: ByteRange, length: number): string {
  return `bytes ${range.start}-${range.end - 1}/${length}`;
}
