/** Modules that say who may connect, and how much a peer may do at a time. */
import type { CodedError } from './coded-error.ts';
import type { HttpRequest } from './http-request.ts';
import type { PeerAddress, Securing, Transport } from './transport.ts';

/** Synchronous, before the first read. A refusal closes the socket at once. */
export interface Admission {
  admit(peer: PeerAddress): AdmissionTicket | CodedError;
  /**
   * Before that, and before TLS: reads who it is that a proxy speaks for, and tells the transport. `done` is called
   * once, never before this returned, with an error when the connection is over. Undefined: there is nothing to read.
   */
  readonly readPeer?:
    | ((plain: Transport, done: (error: CodedError | undefined) => void) => Securing | undefined)
    | undefined;
  /** How long that may take, in seconds. */
  readonly readPeerSecs?: number;
}

/** A connection that waits until its peer may have one more header table. */
export interface TableClaimant {
  /** The claim is the connection's now. */
  headerTableAllowed(): void;
}

/** What an {@link AdmissionTicket} is spent on. */
export type Spent = 'message' | 'byte';

/** One admitted connection's claims on its peer's budget. */
export interface AdmissionTicket {
  /**
   * Claims one header table. False: over the soft limit; `claimant` is called once, when the claim is its own,
   * unless it is given back before.
   */
  takeHeaderTable(claimant: TableClaimant): boolean;
  /** Gives the claim back, or waits for it no longer. */
  giveHeaderTable(): void;
  /** Another connection of the peer waits: between two requests the claim goes to it. */
  readonly headerTableWanted: boolean;
  /**
   * The head of a request is there: it counts, for whom it is from where a trusted proxy says so. Why it is refused;
   * undefined when it is not.
   */
  beginRequest(request: HttpRequest, transport: Transport): CodedError | undefined;
  /** When a request that was just refused might be taken, in whole seconds; undefined where nobody knows. */
  retryAfterSecs?(): number | undefined;
  /** It was answered, or came to nothing; an upgrade goes on. */
  endRequest(): void;
  /** Why it is over the rate; undefined while it is not. */
  spend(what: Spent, amount: number): CodedError | undefined;
  /** Exactly once, when the connection is gone. */
  release(): void;
}
