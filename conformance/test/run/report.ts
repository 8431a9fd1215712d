/** The table of a run, like the one that Autobahn's testsuite makes: a file for each test file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Verdict } from './verdict.ts';

export interface ReportRow {
  readonly id: string;
  /** Role, and form or cut. */
  readonly run: string;
  readonly behaviour: Verdict['behaviour'];
  readonly about: string;
  readonly detail: string;
}

const folder = new URL('../../../reports/conformance/', import.meta.url);

export class Report {
  readonly #rows: ReportRow[] = [];

  add(of: { readonly id: string; readonly about: string }, run: string, verdict: Verdict): void {
    this.#rows.push({ id: of.id, run, about: of.about, ...verdict });
  }

  /** Into `reports/conformance/<name>.json`. */
  write(name: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(this.#rows, undefined, 1)}\n`);
  }
}

/** What a case has to be. */
export const strict: Verdict = { behaviour: 'OK', detail: '' };
