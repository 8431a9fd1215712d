import type { CodedError } from './coded-error.ts';
import type { PeerAddress } from './transport.ts';

/** Synchronous, before the first read. A refusal closes the socket at once. */
export interface Admission {
  admit(peer: PeerAddress): AdmissionTicket | CodedError;
}

/** One admitted connection's claims on its peer's budget. */
export interface AdmissionTicket {
  /** False: over the soft limit; `retry` runs once, when there is room. */
  takeHeaderTable(retry: () => void): boolean;
  giveHeaderTable(): void;
  /** False: over the rate. */
  spend(what: 'request' | 'message' | 'byte', amount: number): boolean;
  /** Exactly once, when the connection is gone. */
  release(): void;
}
