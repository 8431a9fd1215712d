/** Accepted connections whose TLS handshake is under way: each has a deadline, and all end with the context. */
import {
  type CodedError,
  LwsError,
  type Securing,
  type Transport,
  type TransportSecurity,
} from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';
import type { Vhost } from './vhost.ts';

/** Told once what a handshake came to: the transport to go on with, or why there is none. */
export type HandshakeEnd = (result: Transport | CodedError) => void;

export class Handshakes {
  readonly #wheel: TimerWheel;
  readonly #all = new Set<Handshake>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Secures what arrived at the port of `vhost`. */
  begin(plain: Transport, vhost: Vhost, security: TransportSecurity, ended: HandshakeEnd): void {
    const handshake = new Handshake(this.#wheel, (result) => {
      this.#all.delete(handshake);
      ended(result);
    });
    this.#all.add(handshake);
    handshake.begin(plain, vhost, security);
  }

  /** Gives all of them up. */
  cancel(): void {
    for (const handshake of this.#all) handshake.cancel(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }
}

class Handshake implements TimerOwner {
  readonly #wheel: TimerWheel;
  readonly #deadline = new TimerEntry(this);
  #ended: HandshakeEnd | undefined;
  #securing: Securing | undefined = undefined;

  constructor(wheel: TimerWheel, ended: HandshakeEnd) {
    this.#wheel = wheel;
    this.#ended = ended;
  }

  begin(plain: Transport, vhost: Vhost, security: TransportSecurity): void {
    this.#wheel.arm(this.#deadline, security.acceptTimeoutSecs * 1000);
    const vhostFor = (name: string): TransportSecurity | undefined =>
      vhost.table?.select(name)?.security;
    this.#securing = security.accept(plain, vhostFor, (result) => this.#end(result));
  }

  expired(): void {
    this.cancel(new LwsError(coreErrors.LWS_ERR_TIMEOUT, 'ssl-accept'));
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
