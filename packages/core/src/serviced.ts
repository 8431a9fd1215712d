/** Something the loop serves. */
export interface Serviced {
  /** Owned by the loop: the last turn it was served in. */
  servedTurn: number;
  serve(): void;
}
