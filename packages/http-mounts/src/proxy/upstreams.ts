/** The ways from proxy mounts to their upstreams: prepared once for each vhost, connections shared and kept. */
import { randomBytes } from 'node:crypto';
import { idleTransportsOf } from '@lws-ts/http';
import type { Clock, ContextView, VhostView } from '@lws-ts/interface';
import type { ProxyMount } from '../mount.ts';
import { OwnFields } from './own-fields.ts';

export type MakeClient = ReturnType<ContextView['prepareClient']>;

export class Upstreams {
  /** Names this proxy in Via, and no other. */
  readonly pseudonym = `lws-ts-${randomBytes(6).toString('hex')}`;
  readonly ownFields = new OwnFields();
  readonly #prepare: ContextView['prepareClient'];
  readonly #clock: Clock;
  readonly #made = new WeakMap<ProxyMount, WeakMap<VhostView, MakeClient>>();

  constructor(prepare: ContextView['prepareClient'], clock: Clock) {
    this.#prepare = prepare;
    this.#clock = clock;
  }

  /** @throws `LWS_ERR_MODULE_MISSING` for https: without a TLS layer */
  to(mount: ProxyMount, vhost: VhostView): MakeClient {
    const known = this.#made.get(mount)?.get(vhost);
    if (known !== undefined) return known;
    const make = this.#prepare(vhost, {
      url: mount.origin.url,
      proxy: false,
      maxRedirects: 0,
      ...mount.connect,
    });
    const byVhost = this.#made.get(mount) ?? new WeakMap<VhostView, MakeClient>();
    this.#made.set(mount, byVhost.set(vhost, make));
    return make;
  }

  idle(vhost: VhostView): ReturnType<typeof idleTransportsOf> {
    return idleTransportsOf(vhost, this.#clock);
  }
}
