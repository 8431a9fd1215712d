import type { KeptHeaders } from '@lws-ts/interface';
import type { RequestHeadReader } from './framing/index.ts';
import type { H1Request } from './h1-request.ts';
import type { HeaderTablePool } from './header-table-pool.ts';

/** A header table that went to another role with its upgrade. */
export class KeptTable implements KeptHeaders {
  readonly request: H1Request;
  readonly #tables: HeaderTablePool;
  #reader: RequestHeadReader | undefined;

  constructor(request: H1Request, reader: RequestHeadReader, tables: HeaderTablePool) {
    this.request = request;
    this.#tables = tables;
    this.#reader = reader;
  }

  release(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.request.detach();
    this.#tables.give(reader);
  }
}
