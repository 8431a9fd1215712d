import type { RoleHost, Transport } from '@lws-ts/interface';

/** What became of a request that was to be sent: it may have been given up, or have to wait for its own turn. */
export type Sending = 'sent' | 'gone' | 'stays';

/** A request that waits for a connection by which others go. */
export interface WaitingRequest {
  /** Its turn has come, with no answer before its own. False: it was given up. */
  go(): boolean;
  /** Writes it into the output of the connection that it waits for. */
  send(into: RoleHost): Sending;
  /**
   * It was sent and is the next to be answered: the transport is its own, `came` stands at the begin of its answer,
   * and `behind` were sent after it. False, and nothing happened: it was given up.
   */
  follow(transport: Transport, came: Uint8Array, behind: readonly WaitingRequest[]): boolean;
  /** It was sent, and is not answered by that connection. */
  unanswered(): void;
}
