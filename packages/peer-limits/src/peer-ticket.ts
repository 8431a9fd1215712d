import type {
  AdmissionTicket,
  CodedError,
  HttpRequest,
  PeerAddress,
  Spent,
  TableClaimant,
} from '@lws-ts/interface';
import type { Peer } from './peer.ts';
import type { Rated } from './peer-budget.ts';

/** What a ticket needs of the limits it was given by. */
export interface TicketOffice {
  takeTable(peer: Peer, ticket: PeerTicket): boolean;
  giveTable(peer: Peer, ticket: PeerTicket): void;
  spend(peer: Peer, address: PeerAddress, what: Rated, amount: number): CodedError | undefined;
  /** When a request more is within the rate, in whole seconds from 1. */
  requestWaitSecs(peer: Peer): number | undefined;
  leave(peer: Peer): void;
}

const NO_TABLE = 0;
const WAITS = 1;
const HAS_TABLE = 2;

/** The claims of one connection on its peer's budget. */
export class PeerTicket implements AdmissionTicket {
  readonly #office: TicketOffice;
  readonly #address: PeerAddress;
  readonly #peer: Peer;
  #table = NO_TABLE;
  #claimant: TableClaimant | undefined = undefined;

  constructor(office: TicketOffice, address: PeerAddress, peer: Peer) {
    this.#office = office;
    this.#address = address;
    this.#peer = peer;
  }

  takeHeaderTable(claimant: TableClaimant): boolean {
    if (this.#table === HAS_TABLE) return true;
    if (this.#table === NO_TABLE && this.#office.takeTable(this.#peer, this)) {
      this.#table = HAS_TABLE;
      return true;
    }
    this.#table = WAITS;
    this.#claimant = claimant;
    return false;
  }

  /** Called by the limits: its turn has come. */
  tableGranted(): void {
    const claimant = this.#claimant;
    this.#claimant = undefined;
    this.#table = HAS_TABLE;
    claimant?.headerTableAllowed();
  }

  giveHeaderTable(): void {
    const had = this.#table;
    if (had === NO_TABLE) return;
    this.#table = NO_TABLE;
    this.#claimant = undefined;
    if (had === WAITS) this.#peer.forget(this);
    else this.#office.giveTable(this.#peer, this);
  }

  get headerTableWanted(): boolean {
    return this.#peer.waiting > 0;
  }

  beginRequest(_request: HttpRequest): CodedError | undefined {
    return this.#office.spend(this.#peer, this.#address, 'request', 1);
  }

  retryAfterSecs(): number | undefined {
    return this.#office.requestWaitSecs(this.#peer);
  }

  endRequest(): void {}

  spend(what: Spent, amount: number): CodedError | undefined {
    return this.#office.spend(this.#peer, this.#address, what, amount);
  }

  release(): void {
    this.giveHeaderTable();
    this.#office.leave(this.#peer);
  }
}

/** Of a connection that has no limits. */
export const freeTicket: AdmissionTicket = Object.freeze({
  takeHeaderTable: () => true,
  giveHeaderTable: () => undefined,
  headerTableWanted: false,
  beginRequest: () => undefined,
  endRequest: () => undefined,
  spend: () => undefined,
  release: () => undefined,
});
