/**
 * The header table of one connection: lent while a head comes in and its exchange runs, given back between
 * requests. Until a head is complete it has its time, and when others need its table it waits for the rest in a copy.
 */
import type {
  AdmissionTicket,
  Clock,
  CodedError,
  RoleHost,
  TableClaimant,
} from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import type { RequestHeadReader } from './framing/index.ts';
import type { H1Deadline } from './h1-deadline.ts';
import type { H1Request } from './h1-request.ts';
import {
  COPY_BYTES,
  type HeaderTablePool,
  type TableHolder,
  type TableWaiter,
} from './header-table-pool.ts';
import type { HttpSite } from './http-site.ts';
import { KeptTable } from './kept-table.ts';
import type { ResolvedHttpOptions } from './options.ts';

/** How often a connection that waits for a header table looks for one that can be taken back, in seconds. */
const EVICT_SECS = 0.25;
/** What a timer may be early, in seconds. */
const EARLY_SECS = 0.001;

export interface LeaseOwner {
  /** A table is there, after it was waited for. */
  tableGiven(): void;
  /** The head in hand goes on in `copy`. */
  headMoved(copy: RequestHeadReader): void;
  /** The request whose head is in the table may go on. */
  requestAllowed(): void;
  /** The head in hand, or the wait for a table, is over. */
  headFailed(error: CodedError): void;
}

export class TableLease implements TableHolder, TableWaiter, TableClaimant {
  /** When the head in hand began, and when a byte of it came last, once it did not come in one piece; ms. */
  since = 0;
  moved = 0;
  readonly #host: RoleHost;
  /** Of its peer's share; undefined where that has no limit. lws: ip_limit_ah */
  readonly #share: AdmissionTicket | undefined;
  readonly #tables: HeaderTablePool;
  readonly #options: ResolvedHttpOptions;
  readonly #clock: Clock;
  readonly #deadline: H1Deadline;
  readonly #owner: LeaseOwner;
  #reader: RequestHeadReader | undefined = undefined;
  /** It is a copy, and the table is somebody else's. */
  #copied = false;
  /** What there is of a head that is not complete, while it has no table. */
  #parked: RequestHeadReader | undefined = undefined;
  /** The pool knows that the request takes its time. */
  #lasting = false;
  /** The head in hand is not complete. */
  #listed = false;
  #waiting = false;
  /** Its peer may have one more table, and this is it. */
  #allowed: boolean;

  constructor(
    host: RoleHost,
    site: HttpSite,
    clock: Clock,
    deadline: H1Deadline,
    owner: LeaseOwner,
  ) {
    this.#host = host;
    this.#share = host.admission;
    this.#allowed = this.#share === undefined;
    this.#tables = site.tables;
    this.#options = site.options;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#owner = owner;
  }

  /** Of the table, while there is one. */
  get reader(): RequestHeadReader | undefined {
    return this.#reader;
  }

  /** What is read of the head in hand, in a table or not. */
  get head(): RequestHeadReader | undefined {
    return this.#reader ?? this.#parked;
  }

  /** Somebody waits for a table. */
  get contended(): boolean {
    return this.#tables.contended || this.#share?.headerTableWanted === true;
  }

  /** The time for a head begins, if it does not run. @param spentSecs of it, in seconds */
  expectHead(spentSecs = 0): void {
    this.#deadline.head(Math.max(0, this.#options.timeoutSecs - spentSecs), this.#clock.now());
  }

  /** Gets a table if need be, where one is free or somebody can go on without theirs. */
  take(): boolean {
    this.#allowed ||= this.#share?.takeHeaderTable(this) === true;
    if (!this.#allowed) return false;
    if (this.#reader !== undefined) return true;
    // whose head goes on is not the one to give it up
    if (this.#parked !== undefined) this.#tables.settled(this);
    let reader = this.#tables.take();
    while (reader === undefined && this.#tables.evict(this.#clock.now()))
      reader = this.#tables.take();
    if (reader === undefined) return false;
    this.#begin(reader);
    return true;
  }

  /**
   * The head is read, and says whom the request is from: whether that peer may have one more. False: the owner is told
   * when it may.
   */
  allowsRequest(): boolean {
    if (this.#share === undefined || this.#share.takeHeaderTable(this)) return true;
    this.#host.vhost.counters.ah_waits++;
    return false;
  }

  /**
   * For the owner to be given one later: within the time of a head, or when other requests of its peer are over,
   * however long they take, since those have deadlines of their own.
   */
  wait(): void {
    this.#waiting = true;
    if (!this.#allowed) {
      this.#deadline.clear();
      this.#host.vhost.counters.ah_waits++;
      return;
    }
    this.#tables.wait(this);
    this.expectHead();
    this.#deadline.look(EVICT_SECS, this.#clock.now());
  }

  /** The owner waits no longer. */
  forget(): void {
    this.#tables.forget(this);
    this.#giveShare();
    this.#waiting = false;
  }

  /** A byte of the head came, and more has to. */
  goesOn(): void {
    const first = !this.#listed;
    this.moved = this.#clock.now();
    this.#listed = true;
    if (first) {
      this.since = this.moved;
      this.expectHead();
      this.#deadline.look(this.#options.timeoutSecsAhIdle, this.moved);
    }
    this.#tables.moved(this);
  }

  /** The head is complete, or over. */
  headDone(): void {
    if (!this.#listed) return;
    this.#listed = false;
    this.#tables.settled(this);
  }

  /** The request goes on after the call that brought its head: others may have the table for a copy of it. */
  lasts(): void {
    if (this.#copied || this.#lasting || this.#reader === undefined) return;
    this.#lasting = true;
    this.#tables.lasts(this);
  }

  /** Another head may come at once. */
  next(): void {
    if (this.#copied || this.contended) this.give();
    else {
      this.#settled();
      this.#reader?.reset();
    }
  }

  /** The deadline of the head was reached, or it is time to look before it. */
  look(): void {
    const now = this.#clock.now();
    const over = this.#deadline.headOver(now);
    if (this.#waiting) {
      if (over) this.#owner.headFailed(httpErrors.LWS_ERR_HTTP_HEADER_POOL);
      else this.#lookForTable(now);
      return;
    }
    const idleSecs = this.#listed ? (now - this.moved) / 1000 : 0;
    const idleLeft = this.#options.timeoutSecsAhIdle - idleSecs;
    if (over) this.#owner.headFailed(httpErrors.LWS_ERR_HTTP_HEAD_TIMEOUT);
    else if (idleLeft > EARLY_SECS) this.#deadline.look(idleLeft, now);
    else this.tableWanted();
  }

  /** The table goes to another role with its request; undefined when there is none. */
  keep(request: H1Request): KeptTable | undefined {
    const reader = this.#reader;
    if (reader === undefined) return undefined;
    this.#settled();
    this.#reader = undefined;
    this.#allowed = this.#share === undefined;
    const kept = new KeptTable(this.#host, request, reader, this.#tables, this.#copied);
    this.#copied = false;
    return kept;
  }

  give(): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.headDone();
      this.#settled();
      this.#reader = undefined;
      if (this.#copied) {
        this.#copied = false;
        this.#tables.dropCopy(reader.table.used);
      } else this.#tables.give(reader);
    }
    if (this.#parked !== undefined) {
      this.headDone();
      this.#dropParked(this.#parked);
    }
    this.#giveShare();
  }

  // ---- what the limits of its peer call

  headerTableAllowed(): void {
    if (this.#reader !== undefined) {
      this.#owner.requestAllowed();
      return;
    }
    this.#allowed = true;
    const reader = this.#tables.take();
    if (reader === undefined) this.wait();
    else {
      this.expectHead();
      this.tableGiven(reader);
    }
  }

  // ---- what the pool calls

  tableGiven(reader: RequestHeadReader): void {
    this.#waiting = false;
    this.#begin(reader);
    this.#owner.tableGiven();
  }

  get headBytes(): number {
    return this.#reader?.written ?? 0;
  }

  giveForCopy(): RequestHeadReader {
    const reader = this.#reader as RequestHeadReader;
    const copy = reader.copy();
    if (this.#listed) {
      this.#parked = copy;
      this.#reader = undefined;
      this.#host.holdsMore(copy.written + COPY_BYTES);
      return reader;
    }
    this.#lasting = false;
    this.#copied = true;
    this.#reader = copy;
    this.#owner.headMoved(copy);
    return reader;
  }

  /** Others wait, or the head did not move for too long. */
  tableWanted(): void {
    this.#owner.headFailed(httpErrors.LWS_ERR_HTTP_HEAD_STALLED);
  }

  /** A head begins in `reader`, or goes on in it. */
  #begin(reader: RequestHeadReader): void {
    this.#reader = reader;
    if (this.#parked === undefined) return;
    reader.assume(this.#parked);
    this.#dropParked(this.#parked);
  }

  #dropParked(parked: RequestHeadReader): void {
    this.#parked = undefined;
    this.#host.holdsMore(-parked.written - COPY_BYTES);
    this.#tables.dropCopy(parked.written);
  }

  #settled(): void {
    if (!this.#lasting) return;
    this.#lasting = false;
    this.#tables.ends(this);
  }

  #giveShare(): void {
    if (this.#share === undefined || (!this.#allowed && !this.#waiting)) return;
    this.#allowed = false;
    this.#share.giveHeaderTable();
  }

  /** Takes tables back for those who wait, as long as there are heads that stand still. */
  #lookForTable(now: number): void {
    while (this.#tables.contended && this.#tables.evict(now));
    if (this.#waiting) this.#deadline.look(EVICT_SECS, now);
  }
}
