import type { ClientTarget, RoleHost, Transport } from '@lws-ts/interface';
import type { TransportSource } from './client-requester.ts';
import type { ProxyTarget } from './proxy.ts';

/** How one request comes by its transport: a new one, or one that was used before; and that it counts among those of its way. */
export class TransportUse {
  /** Of connections that go where the request goes: equal for those that can stand in for each other. */
  key = '';
  /** The transport had a request before this one. */
  reused = false;
  readonly #source: TransportSource;
  #counted = false;

  constructor(source: TransportSource) {
    this.#source = source;
  }

  /** Another way begins. */
  goes(key: string): void {
    this.end(false);
    this.key = key;
  }

  /**
   * Gets one for `host`.
   *
   * @param anew whatever is idle
   * @param atOnce an idle one before this returns, else when the host dials
   */
  dial(host: RoleHost, target: ProxyTarget | ClientTarget, anew: boolean, atOnce: boolean): void {
    this.#counted = true;
    this.#source.begins(this.key);
    if (anew) host.dial(target);
    else if (!atOnce) host.dial(target, () => this.#take());
    else {
      const transport = this.#take();
      if (transport === undefined) host.dial(target);
      else host.join(transport);
    }
  }

  /** The request goes on with the transport of the one before it. */
  follow(): void {
    this.#counted = true;
    this.reused = true;
  }

  /** The request is over. @param passedOn its transport is another's already */
  end(passedOn: boolean): void {
    if (!this.#counted) return;
    this.#counted = false;
    this.#source.ends(this.key, passedOn);
  }

  #take(): Transport | undefined {
    const transport = this.#source.take(this.key);
    this.reused = transport !== undefined;
    return transport;
  }
}
