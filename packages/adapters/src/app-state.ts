import type { CodedError, RoleHost, RoleState } from '@lws-ts/interface';
import type { HostDuplex } from './host-duplex.ts';

/** What ends the app's side of a connection. */
export interface AppEnd {
  /** Politely; false when there is nobody to say anything yet. */
  close(code: number | undefined, reason: string): boolean;
  /** A handler of the app threw. */
  threw(): void;
  /** It is over. */
  gone(): void;
}

/** A connection that an app has, as a stream. */
export class AppState implements RoleState {
  readonly name = 'app';
  readonly #host: RoleHost;
  readonly #socket: HostDuplex;
  readonly #start: () => void;
  readonly #end: AppEnd;
  #started = false;

  /** @param start called once, when the connection is the app's */
  constructor(host: RoleHost, socket: HostDuplex, start: () => void, end: AppEnd) {
    this.#host = host;
    this.#socket = socket;
    this.#start = start;
    this.#end = end;
    host.forceService();
  }

  rx(bytes: Uint8Array): number {
    this.#begin();
    return this.#socket.received(bytes);
  }

  writeable(): void {
    this.#begin();
    this.#socket.drained();
  }

  service(): boolean {
    this.#begin();
    // While it is told to end, core asks nobody to write: what the stream still has goes out from here.
    if (!this.#host.open && this.#host.flush()) this.#socket.drained();
    return false;
  }

  peerEnded(): void {
    this.#socket.peerEnded();
  }

  drained(): void {
    this.#socket.drained();
  }

  closing(code: number | undefined, reason: string): boolean {
    const says = this.#end.close(code, reason);
    this.#host.forceService();
    return says;
  }

  threw(): void {
    this.#end.threw();
  }

  gone(_error: CodedError | undefined): void {
    this.#socket.gone();
    this.#end.gone();
  }

  timeout(): void {}

  timer(): void {}

  leaving(): void {}

  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#start();
  }
}
