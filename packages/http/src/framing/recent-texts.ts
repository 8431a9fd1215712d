import type { HeadTable } from './head-table.ts';

/** How many strings are kept, and how long each may be. */
const KEPT = 64;
const LONGEST = 64;

/** Strings that were lately made of header tables: who asks for the same bytes again has the same string, and none is made. */
export class RecentTexts {
  readonly #texts: string[];

  constructor() {
    this.#texts = Array.from({ length: KEPT }, () => '');
  }

  /** `table.text(start, end)`. */
  text(table: HeadTable, start: number, end: number): string {
    const length = end - start;
    if (length === 0 || length > LONGEST) return table.text(start, end);
    const { bytes } = table;
    const middle = bytes[start + (length >> 1)] as number;
    const place = (length * 31 + (bytes[end - 1] as number) * 7 + middle) % KEPT;
    const recent = this.#texts[place] as string;
    if (table.equals(start, end, recent)) return recent;
    const text = table.text(start, end);
    this.#texts[place] = text;
    return text;
  }
}
