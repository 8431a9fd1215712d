/** Accepted connections that are not served yet, since a handshake is under way: each has a deadline, and all end with the context. */
import {
  type CodedError,
  LwsError,
  type Securing,
  type TimeoutReason,
  type Transport,
  type TransportSecurity,
} from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { Roster } from './roster.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';
import type { Vhost } from './vhost.ts';

/** Told once what a handshake came to: the transport to go on with, or why there is none. */
export type HandshakeEnd = (result: Transport | CodedError) => void;

export class Handshakes {
  readonly #wheel: TimerWheel;
  readonly #all = new Roster<Handshake>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Secures what arrived at the port of `vhost`. */
  begin(plain: Transport, vhost: Vhost, security: TransportSecurity, ended: HandshakeEnd): void {
    const vhostFor = (name: string): TransportSecurity | undefined =>
      vhost.table?.select(name)?.security;
    this.run(
      'ssl-accept',
      security.acceptTimeoutSecs,
      (done) => security.accept(plain, vhostFor, done),
      ended,
    );
  }

  /** Whatever else has to be done before a connection is served. `start` may say that there is nothing: then false. */
  run(
    reason: TimeoutReason,
    secs: number,
    start: (done: HandshakeEnd) => Securing | undefined,
    ended: HandshakeEnd,
  ): boolean {
    const handshake = new Handshake(this.#wheel, reason, (result) => {
      this.#all.remove(place);
      ended(result);
    });
    const place = this.#all.add(handshake);
    if (handshake.begin(secs, start)) return true;
    this.#all.remove(place);
    return false;
  }

  /** Gives all of them up. */
  cancel(): void {
    for (const handshake of this.#all) handshake.cancel(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }
}

class Handshake implements TimerOwner {
  readonly #wheel: TimerWheel;
  readonly #deadline = new TimerEntry(this);
  readonly #reason: TimeoutReason;
  #ended: HandshakeEnd | undefined;
  #securing: Securing | undefined = undefined;

  constructor(wheel: TimerWheel, reason: TimeoutReason, ended: HandshakeEnd) {
    this.#wheel = wheel;
    this.#reason = reason;
    this.#ended = ended;
  }

  begin(secs: number, start: (done: HandshakeEnd) => Securing | undefined): boolean {
    this.#wheel.arm(this.#deadline, secs * 1000);
    this.#securing = start((result) => this.#end(result));
    if (this.#securing === undefined) this.#wheel.disarm(this.#deadline);
    return this.#securing !== undefined;
  }

  expired(): void {
    this.cancel(new LwsError(coreErrors.LWS_ERR_TIMEOUT, this.#reason));
  }

  cancel(error: CodedError): void {
    if (this.#ended === undefined) return;
    this.#securing?.cancel();
    this.#end(error);
  }

  #end(result: Transport | CodedError): void {
    const ended = this.#ended;
    this.#ended = undefined;
    this.#wheel.disarm(this.#deadline);
    ended?.(result);
  }
}
