/** The ways from proxy mounts to their upstreams: prepared once for each vhost, connections shared and kept. */
import { idleTransportsOf } from '@lws-ts/http';
import type { Clock, ContextView, VhostView } from '@lws-ts/interface';
import type { ProxyMount } from '../mount.ts';
import { crypto } from '../node-crypto.ts';
import { PiecePool } from '../piece-pool.ts';
import { OwnFields } from './own-fields.ts';

/** What an upstream is read in at once, at most. */
const pieceBytes = 64 * 1024;
/** 4 MiB of them are kept. */
const sparePieces = 64;

export type MakeClient = ReturnType<ContextView['prepareClient']>;

export class Upstreams {
  readonly ownFields = new OwnFields();
  /** What is read of answers, until the peer has it. */
  readonly pieces = new PiecePool(pieceBytes, sparePieces);
  #pseudonym: string | undefined;
  readonly #prepare: ContextView['prepareClient'];
  readonly #clock: Clock;
  readonly #made = new WeakMap<ProxyMount, WeakMap<VhostView, MakeClient>>();

  constructor(prepare: ContextView['prepareClient'], clock: Clock) {
    this.#pseudonym = undefined;
    this.#prepare = prepare;
    this.#clock = clock;
  }

  /** Names this proxy in Via, and no other. */
  get pseudonym(): string {
    this.#pseudonym ??= `lws-ts-${crypto().randomBytes(6).toString('hex')}`;
    return this.#pseudonym;
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
