import type { HttpFields } from '@lws-ts/interface';
import { fieldsLength, writeFields } from './framing/index.ts';
import { writeBytes } from './framing/write-head.ts';

/** The fields that all answers of a vhost have, as bytes. What an answer says itself is not said twice. */
export class SiteFields {
  /** All of them, with their line ends. */
  readonly bytes: Uint8Array;
  readonly #lines: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly #names: ReadonlySet<string>;
  /** Bit n is set when a name has n letters, 31 standing for more. */
  readonly #lengths: number;

  constructor(fields: HttpFields) {
    this.bytes = new Uint8Array(fieldsLength(fields));
    writeFields(this.bytes, 0, fields);
    this.#lines = fields.map((field) => {
      const bytes = new Uint8Array(fieldsLength([field]));
      writeFields(bytes, 0, [field]);
      return { name: field[0].toLowerCase(), bytes };
    });
    this.#names = new Set(this.#lines.map(({ name }) => name));
    let lengths = 0;
    for (const name of this.#names) lengths |= 1 << Math.min(31, name.length);
    this.#lengths = lengths;
  }

  /** Whether one of them has that name, in any case. */
  has(name: string): boolean {
    return (
      (this.#lengths & (1 << Math.min(31, name.length))) !== 0 &&
      this.#names.has(name.toLowerCase())
    );
  }

  /** Writes those whose names are not among `fields`; returns the place behind them. */
  writeBut(into: Uint8Array, at: number, fields: HttpFields): number {
    const said = new Set(fields.map(([name]) => name.toLowerCase()));
    let end = at;
    for (const { name, bytes } of this.#lines)
      if (!said.has(name)) end = writeBytes(into, end, bytes);
    return end;
  }
}
