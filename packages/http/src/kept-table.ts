import type { KeptHeaders, RoleHost } from '@lws-ts/interface';
import type { RequestHeadReader } from './framing/index.ts';
import type { H1Request } from './h1-request.ts';
import type { HeaderTablePool } from './header-table-pool.ts';
import { GONE_STATUS, settleUpgrade } from './upgrade-record.ts';

/** A header table that went to another role with its upgrade. */
export class KeptTable implements KeptHeaders {
  readonly request: H1Request;
  readonly #host: RoleHost;
  readonly #tables: HeaderTablePool;
  #reader: RequestHeadReader | undefined;

  constructor(
    host: RoleHost,
    request: H1Request,
    reader: RequestHeadReader,
    tables: HeaderTablePool,
  ) {
    this.request = request;
    this.#host = host;
    this.#tables = tables;
    this.#reader = reader;
  }

  release(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    settleUpgrade(this.#host, GONE_STATUS);
    this.request.detach();
    this.#tables.give(reader);
    this.#host.admission?.giveHeaderTable();
  }
}
