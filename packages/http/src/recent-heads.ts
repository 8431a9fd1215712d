/**
 * The heads of answers that were lately given, as bytes. Who answers the same again has them copied as a whole; nothing
 * is checked and written letter by letter twice.
 */
import type { HttpFields } from '@lws-ts/interface';
import { DateField } from './date-field.ts';
import { LONGEST_END, writeHeadEnd } from './head-end.ts';

/** How many heads are kept, and how many bytes each may have before its Date. */
const KEPT = 16;
const LONGEST = 512;

/** One head: the status line, what the responder said, what the vhost adds to it, and the end of the last one. */
export class RecentHead {
  readonly #status: number;
  readonly #secure: boolean;
  /** Name and value of each field, one behind the other: nobody can change them. */
  readonly #texts: readonly string[];
  /** The fields themselves, where nobody can change them. */
  readonly #frozen: HttpFields | undefined;
  readonly #memory: Uint8Array;
  /** Where the Date field stands, or would. */
  readonly #dateAt: number;
  /** It says when something was modified, which is before its Date. */
  readonly #exact: boolean;
  /** Where the end of the head begins. */
  readonly #endAt: number;
  #head: Uint8Array;
  /** What the Date says; of no meaning where it is among the fields. */
  #second = Number.NaN;
  #framing = Number.NaN;
  #connection = 0;
  /** What was asked for with it since it last changed, and both in one. */
  #body: Uint8Array | string | undefined = undefined;
  #answer: Uint8Array | undefined = undefined;
  #whole = false;

  /**
   * @param dated a Date field is among the fields
   * @param said status line and fields
   */
  constructor(
    status: number,
    fields: HttpFields,
    secure: boolean,
    dated: boolean,
    said: Uint8Array,
  ) {
    this.#status = status;
    this.#secure = secure;
    this.#texts = fields.flat();
    this.#frozen =
      Object.isFrozen(fields) && fields.every((field) => Object.isFrozen(field))
        ? fields
        : undefined;
    this.#exact = fields.some(([name]) => name.toLowerCase() === 'last-modified');
    this.#dateAt = said.length;
    this.#endAt = said.length + (dated ? 0 : DateField.length);
    this.#memory = new Uint8Array(this.#endAt + LONGEST_END);
    this.#memory.set(said);
    this.#head = this.#memory;
  }

  is(status: number, fields: HttpFields, secure: boolean): boolean {
    if (status !== this.#status || secure !== this.#secure) return false;
    if (fields === this.#frozen) return true;
    const texts = this.#texts;
    if (2 * fields.length !== texts.length) return false;
    for (let each = 0; each < fields.length; each++) {
      const field = fields[each] as (typeof fields)[number];
      if (field[0] !== texts[2 * each] || field[1] !== texts[2 * each + 1]) return false;
    }
    return true;
  }

  /** The last {@link bytes} have the body behind the head. */
  get whole(): boolean {
    return this.#whole;
  }

  /**
   * All of it, as of now. Valid until it is asked for again.
   *
   * With a body also that, in memory that never changes ({@link whole}), once both were asked for together since the head
   * last changed, as it does each second.
   *
   * @param framing, connection as of {@link writeHeadEnd}
   * @param body never changes
   */
  bytes(
    date: DateField,
    framing: number,
    connection: number,
    body?: Uint8Array | string,
  ): Uint8Array {
    if (this.#endAt > this.#dateAt) this.#say(this.#exact ? date.exactSecond : date.second, date);
    if (framing !== this.#framing || connection !== this.#connection) {
      this.#framing = framing;
      this.#connection = connection;
      this.#changes();
      const end = writeHeadEnd(this.#memory, this.#endAt, framing, connection);
      if (end !== this.#head.length) this.#head = this.#memory.subarray(0, end);
    }
    this.#whole = body !== undefined && body === this.#body;
    if (this.#whole) {
      this.#answer ??= joined(this.#head, body as Uint8Array | string);
      return this.#answer;
    }
    if (body !== undefined) {
      this.#body = body;
      this.#answer = undefined;
    }
    return this.#head;
  }

  #say(second: number, date: DateField): void {
    if (second === this.#second) return;
    this.#second = second;
    this.#changes();
    this.#memory.set(date.bytesOf(second), this.#dateAt);
  }

  #changes(): void {
    this.#body = undefined;
    this.#answer = undefined;
  }
}

function joined(head: Uint8Array, body: Uint8Array | string): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // of any other array a socket makes a Buffer, at each write
  const both = Buffer.alloc(head.length + bytes.length);
  both.set(head);
  both.set(bytes, head.length);
  return both;
}

/** Those of one vhost. */
export class RecentHeads {
  readonly #heads: (RecentHead | undefined)[];
  /** The one that was found last. */
  #last: RecentHead | undefined = undefined;
  /** The last value of the last head that had no place, for each place. */
  readonly #missed: (string | undefined)[];

  constructor() {
    this.#heads = Array.from({ length: KEPT }, () => undefined);
    this.#missed = Array.from({ length: KEPT }, () => undefined);
  }

  /** @param secure with the fields of secure transports */
  find(status: number, fields: HttpFields, secure: boolean): RecentHead | undefined {
    if (this.#last?.is(status, fields, secure) === true) return this.#last;
    const head = this.#heads[placeOf(status, fields)];
    if (head?.is(status, fields, secure) !== true) return undefined;
    this.#last = head;
    return head;
  }

  /**
   * Keeps a head that was not found and has no Connection field, if it is the second of its kind: most answers are given
   * once.
   *
   * @param dated a Date field is among the fields
   * @param bytes its status line and fields, from `start` to `end`
   */
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
    const said = bytes.subarray(start, end);
    this.#heads[place] = new RecentHead(status, fields, secure, dated, said);
  }
}

/** By the status and how long the values are. */
function placeOf(status: number, fields: HttpFields): number {
  let key = status;
  for (let each = 0; each < fields.length; each++)
    key = Math.imul(key, 31) + (fields[each] as (typeof fields)[number])[1].length;
  return (key >>> 0) % KEPT;
}
