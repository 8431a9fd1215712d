import type { Serviced } from './serviced.ts';

/** What stands behind a descriptor that a program polls. */
export interface Polled {
  /** What it is polled for. */
  readonly events: number;
  /** What it is ready for, whatever it is polled for. */
  readonly ready: number;
  /** Does what `revents` calls for. */
  service(revents: number): void;
}

/** Its descriptor. */
export interface PollEntry {
  /** Something changed of what it is polled for, or ready for. */
  changed(): void;
  /** It is gone. */
  remove(): void;
}

/** Where descriptors come from. */
export interface PollHome {
  /** Input of one transport over which its socket is paused, in bytes. */
  readonly maxParkedInput: number;
  add(polled: Polled): PollEntry;
  /** Gives one its turn. */
  serve(serviced: Serviced): void;
}
