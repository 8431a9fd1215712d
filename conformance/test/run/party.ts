import type { PeerSide } from '../peer/frame-image.ts';

/** Whoever a case is played with: what it is told, and what comes back as lines. */
export interface Party {
  /** Which side the peer is: what is said to a server is a client's. */
  readonly side: PeerSide;
  /** Octets, each part by itself. */
  say(parts: readonly Uint8Array[]): Promise<void>;
  /**
   * What comes back: `text …`, `binary …`, `pong …`, `close 1000`, then `end`; `reset` in place of an end that is
   * none, `wrong …` for what may not be. Undefined: nothing in time.
   */
  next(withinMs: number): Promise<string | undefined>;
  /** What the program under test was told at the end, where there is one. */
  told?(): Promise<number | undefined>;
  /** Why it failed, and at which octet, where that can be seen. */
  readonly fault?: { readonly code: string; readonly octet: number } | undefined;
}
