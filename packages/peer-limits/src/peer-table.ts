import { Peer } from './peer.ts';

/** Who has no connection any more is looked for so often, in ms. lws: peer-limits.c, 5 s */
const CULL_MS = 5000;
/** What a peer did is remembered for so long after its last connection, in ms. lws: 10 s */
const KEEP_MS = 10_000;

/**
 * Peers by key. Those without a connection are forgotten lazily: some time after their last one, and the one that was
 * idle longest when there are too many. There are no more of the others than there are connections.
 */
export class PeerTable {
  readonly #most: number;
  readonly #keepMs: number;
  readonly #peers = new Map<string, Peer>();
  /** Those without a connection, the longest idle first. */
  readonly #idle = new Set<Peer>();
  #culledAt = Number.NEGATIVE_INFINITY;

  /** @param refillMs when every budget of an idle peer is full again: before, it must not be forgotten */
  constructor(most: number, refillMs: number) {
    this.#most = most;
    this.#keepMs = Math.max(KEEP_MS, refillMs);
  }

  get size(): number {
    return this.#peers.size;
  }

  get peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  /** The peer of that key, or a new one. */
  find(key: string, now: number): Peer {
    if (now - this.#culledAt >= CULL_MS) this.#cull(now);
    let peer = this.#peers.get(key);
    // who is turned away again and again is not forgotten meanwhile
    if (peer !== undefined && this.#idle.delete(peer)) this.#becameIdle(peer, now);
    if (peer !== undefined) return peer;
    if (this.#peers.size >= this.#most) this.#forgetOldest();
    peer = new Peer(key);
    this.#peers.set(key, peer);
    this.#becameIdle(peer, now);
    return peer;
  }

  /** One connection more of `peer`. */
  enter(peer: Peer): void {
    peer.wsi++;
    this.#idle.delete(peer);
  }

  /** One connection less. */
  leave(peer: Peer, now: number): void {
    peer.wsi--;
    if (peer.wsi === 0) this.#becameIdle(peer, now);
  }

  #becameIdle(peer: Peer, now: number): void {
    peer.idleSince = Math.floor(now / 1000);
    this.#idle.add(peer);
  }

  #cull(now: number): void {
    this.#culledAt = now;
    for (const peer of this.#idle) {
      if (now - peer.idleSince * 1000 < this.#keepMs) return;
      this.#forget(peer);
    }
  }

  #forgetOldest(): void {
    for (const peer of this.#idle) {
      this.#forget(peer);
      return;
    }
  }

  #forget(peer: Peer): void {
    this.#idle.delete(peer);
    this.#peers.delete(peer.key);
  }
}
