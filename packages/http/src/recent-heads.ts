/**
 * The heads of answers that were lately given: what follows from status and fields alone, as bytes. Who answers the same
 * again has them copied; nothing is checked and written letter by letter twice.
 */
import type { HttpFields } from '@lws-ts/interface';

/** How many heads are kept, and how many bytes each may have. */
const KEPT = 16;
const LONGEST = 512;

/** One head: the status line, what the responder said, and what the vhost adds to it. */
export class RecentHead {
  /** A Date field is among the fields. */
  readonly dated: boolean;
  readonly bytes: Uint8Array;
  readonly #status: number;
  readonly #secure: boolean;
  /** Name and value of each field, one behind the other: nobody can change them. */
  readonly #texts: readonly string[];

  constructor(
    status: number,
    fields: HttpFields,
    secure: boolean,
    dated: boolean,
    bytes: Uint8Array,
  ) {
    this.dated = dated;
    this.bytes = bytes;
    this.#status = status;
    this.#secure = secure;
    this.#texts = fields.flat();
  }

  is(status: number, fields: HttpFields, secure: boolean): boolean {
    const texts = this.#texts;
    if (status !== this.#status || secure !== this.#secure || 2 * fields.length !== texts.length)
      return false;
    for (let each = 0; each < fields.length; each++) {
      const field = fields[each] as (typeof fields)[number];
      if (field[0] !== texts[2 * each] || field[1] !== texts[2 * each + 1]) return false;
    }
    return true;
  }
}

/** Those of one vhost. */
export class RecentHeads {
  readonly #heads: (RecentHead | undefined)[];
  /** The last value of the last head that had no place, for each place. */
  readonly #missed: (string | undefined)[];

  constructor() {
    this.#heads = Array.from({ length: KEPT }, () => undefined);
    this.#missed = Array.from({ length: KEPT }, () => undefined);
  }

  /** @param secure with the fields of secure transports */
  find(status: number, fields: HttpFields, secure: boolean): RecentHead | undefined {
    const head = this.#heads[placeOf(status, fields)];
    return head?.is(status, fields, secure) === true ? head : undefined;
  }

  /** Keeps a head that was not found, if it is the second of its kind: most answers are given once. */
  missed(
    status: number,
    fields: HttpFields,
    secure: boolean,
    dated: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (end - start > LONGEST) return;
    const place = placeOf(status, fields);
    const value = fields.length === 0 ? '' : (fields[fields.length - 1]?.[1] ?? '');
    if (this.#missed[place] !== value) {
      this.#missed[place] = value;
      return;
    }
    // `slice` of a Buffer does not copy
    const copy = new Uint8Array(bytes.subarray(start, end));
    this.#heads[place] = new RecentHead(status, fields, secure, dated, copy);
  }
}

/** By the status and how long the values are. */
function placeOf(status: number, fields: HttpFields): number {
  let key = status;
  for (let each = 0; each < fields.length; each++)
    key = key * 31 + (fields[each] as (typeof fields)[number])[1].length;
  return (key >>> 0) % KEPT;
}
