import type { KeptHeaders, RoleHost } from '@lws-ts/interface';
import type { RequestHeadReader } from './framing/index.ts';
import type { H1Request } from './h1-request.ts';
import type { HeaderTablePool, TableKeeper } from './header-table-pool.ts';
import { GONE_STATUS, settleUpgrade } from './upgrade-record.ts';

/** A header table that went to another role with its upgrade. */
export class KeptTable implements KeptHeaders, TableKeeper {
  readonly request: H1Request;
  readonly #host: RoleHost;
  readonly #tables: HeaderTablePool;
  #reader: RequestHeadReader | undefined;
  #copied: boolean;

  /** @param copied `reader` is a copy, and its table somebody else's */
  constructor(
    host: RoleHost,
    request: H1Request,
    reader: RequestHeadReader,
    tables: HeaderTablePool,
    copied: boolean,
  ) {
    this.request = request;
    this.#host = host;
    this.#tables = tables;
    this.#reader = reader;
    this.#copied = copied;
    if (!copied) tables.lasts(this);
  }

  get headBytes(): number {
    return this.#reader?.table.used ?? 0;
  }

  giveForCopy(): RequestHeadReader {
    const reader = this.#reader as RequestHeadReader;
    const copy = reader.copy();
    this.#copied = true;
    this.#reader = copy;
    this.request.moveTo(copy);
    return reader;
  }

  release(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    settleUpgrade(this.#host, GONE_STATUS);
    this.request.detach();
    this.#tables.ends(this);
    if (this.#copied) this.#tables.dropCopy(reader.table.used);
    else this.#tables.give(reader);
    this.#host.admission?.giveHeaderTable();
  }
}
