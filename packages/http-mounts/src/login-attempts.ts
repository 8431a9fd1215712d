/** How often each peer may send a wrong name or password before it is not asked for a while. */
import type { PeerAddress } from '@lws-ts/interface';
import { peerKey } from './peer-key.ts';

/** More peers than that are not remembered; whoever is there longest is forgotten first. */
const MOST_PEERS = 10_000;
const MINUTE_MS = 60_000;

interface Peer {
  /** Wrong logins that it may still make. */
  left: number;
  /** When that was so, in ms. */
  at: number;
}

export class LoginAttempts {
  readonly #perMinute: number;
  readonly #peers = new Map<string, Peer>();

  /** @param perMinute as many at once, and in each minute after that; 0: no limit */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Peers that are remembered. */
  get size(): number {
    return this.#peers.size;
  }

  /** Whether a peer may try. @param now ms of a monotonic clock */
  mayTry(peer: PeerAddress, now: number): boolean {
    const key = peerKey(peer);
    const known = this.#peers.get(key);
    if (known === undefined) return true;
    this.#refill(known, now);
    if (known.left >= this.#perMinute) this.#peers.delete(key);
    return known.left >= 1;
  }

  /** It tried, and was wrong. */
  failed(peer: PeerAddress, now: number): void {
    const key = peerKey(peer);
    if (this.#perMinute === 0 || key === '') return;
    const known = this.#peers.get(key) ?? { left: this.#perMinute, at: now };
    this.#refill(known, now);
    known.left -= 1;
    this.#peers.set(key, known);
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= MOST_PEERS) break;
      this.#peers.delete(oldest);
    }
  }

  /** After how many seconds it may try again, from 1. */
  retrySecs(): number {
    return Math.max(1, Math.ceil(60 / this.#perMinute));
  }

  #refill(peer: Peer, now: number): void {
    const back = ((now - peer.at) * this.#perMinute) / MINUTE_MS;
    peer.left = Math.min(this.#perMinute, peer.left + back);
    peer.at = now;
  }
}
