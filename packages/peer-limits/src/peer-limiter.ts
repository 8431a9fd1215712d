/** The limits of one context: who may connect, who waits, who is too fast. lws: peer-limits.c */
import type {
  Admission,
  AdmissionTicket,
  Clock,
  CodedError,
  PeerAddress,
  Securing,
  Spent,
  Transport,
} from '@lws-ts/interface';
import { maskAddress } from './address-list.ts';
import { peerLimitErrors } from './errors.ts';
import { isMapped, parseAddress, showAddress } from './ip-address.ts';
import type { PeerRates, ResolvedPeerLimits } from './options.ts';
import type { Peer } from './peer.ts';
import { PeerTable } from './peer-table.ts';
import { freeTicket, PeerTicket, type TicketOffice } from './peer-ticket.ts';
import { ProxyHeaderReader } from './proxy-header-reader.ts';
import { type ProxiedAdmission, ProxyTicket } from './proxy-ticket.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';
import type { ForwardedBy, TrustedProxies } from './trusted-proxies.ts';

/** What one peer has now. lws: lws_peer_dump_from_wsi */
export interface PeerStatus {
  /** An address, or an IPv6 prefix with its length. */
  readonly peer: string;
  readonly connections: number;
  readonly headerTables: number;
  /** Connections that wait for a header table. */
  readonly waiting: number;
}

export class PeerLimiter implements Admission, TicketOffice, ProxiedAdmission {
  readonly proxies: TrustedProxies;
  readonly forwardedBy: ForwardedBy;
  /** Undefined where no proxy begins with a header. */
  readonly readPeer: NonNullable<Admission['readPeer']> | undefined;
  readonly readPeerSecs: number;
  readonly #clock: Clock;
  readonly #options: ResolvedPeerLimits;
  readonly #rates: PeerRates;
  readonly #table: PeerTable;
  readonly #threw: (error: unknown) => void;

  /** @param threw what becomes of an error that `ipLimitNotify` throws */
  constructor(
    clock: Clock,
    options: ResolvedPeerLimits,
    rates: PeerRates,
    threw: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#rates = rates;
    this.#table = new PeerTable(options.ipLimitMaxPeers, refillMs(rates));
    this.#threw = threw;
    this.proxies = options.trustedProxies;
    this.forwardedBy = options.forwardedBy;
    this.readPeerSecs = options.proxyHeaderTimeoutSecs;
    this.readPeer = options.proxyProtocol
      ? (plain, done) => this.#readHeader(plain, done)
      : undefined;
  }

  /** All peers that are kept, those without a connection too. */
  get status(): PeerStatus[] {
    return [...this.#table.peers].map(({ key, wsi, ah, waiting }) => ({
      peer: key,
      connections: wsi,
      headerTables: ah,
      waiting: waiting.size,
    }));
  }

  admit(address: PeerAddress): AdmissionTicket | CodedError {
    if (this.forwardedBy !== 'none' && this.proxies.has(address))
      return new ProxyTicket(this, address);
    return this.#admit(address, this.#rates.connections);
  }

  admitRequest(client: PeerAddress): AdmissionTicket | CodedError {
    return this.#admit(client, undefined);
  }

  #admit(address: PeerAddress, rate: Rate | undefined): AdmissionTicket | CodedError {
    const bytes = readPeer(address);
    if (bytes === undefined || this.#options.ipLimitExempt.has(bytes)) return freeTicket;
    const now = this.#clock.now();
    const peer = this.#table.find(this.#keyOf(bytes), now);
    if (peer === undefined) return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_TABLE);
    const { ipLimitWsi } = this.#options;
    if (ipLimitWsi > 0 && peer.wsi >= ipLimitWsi)
      return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_LIMIT_WSI);
    if (rate !== undefined) {
      peer.connections ??= new TokenBucket(rate, now);
      if (!peer.connections.take(rate, 1, now))
        return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_CONNECTION_RATE);
    }
    this.#table.enter(peer);
    return new PeerTicket(this, address, peer);
  }

  takeTable(peer: Peer, ticket: PeerTicket): boolean {
    const { ipLimitAh } = this.#options;
    // nobody overtakes those that wait
    if (ipLimitAh > 0 && (peer.ah >= ipLimitAh || peer.waiting.size > 0)) {
      peer.waiting.add(ticket);
      return false;
    }
    peer.ah++;
    return true;
  }

  giveTable(peer: Peer): void {
    const [next] = peer.waiting;
    if (next === undefined) {
      peer.ah--;
      return;
    }
    peer.waiting.delete(next);
    next.tableGranted();
  }

  spend(
    peer: Peer,
    address: PeerAddress,
    what: Spent | 'request',
    amount: number,
  ): CodedError | undefined {
    switch (what) {
      case 'request': {
        const rate = this.#rates.requests;
        if (rate === undefined) return undefined;
        peer.requests ??= new TokenBucket(rate, this.#clock.now());
        if (this.#take(peer.requests, rate, amount)) return undefined;
        return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_REQUEST_RATE);
      }
      case 'message': {
        const rate = this.#rates.messages;
        if (rate === undefined) return undefined;
        peer.messages ??= new TokenBucket(rate, this.#clock.now());
        if (this.#take(peer.messages, rate, amount)) return undefined;
        return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_MESSAGE_RATE);
      }
      case 'byte': {
        const rate = this.#rates.bytes;
        if (rate === undefined) return undefined;
        peer.bytes ??= new TokenBucket(rate, this.#clock.now());
        if (this.#take(peer.bytes, rate, amount)) return undefined;
        return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_BYTE_RATE);
      }
    }
  }

  leave(peer: Peer): void {
    this.#table.leave(peer, this.#clock.now());
  }

  #readHeader(
    plain: Transport,
    done: (error: CodedError | undefined) => void,
  ): Securing | undefined {
    return this.proxies.has(plain.peer) ? new ProxyHeaderReader(plain, done) : undefined;
  }

  #take(bucket: TokenBucket, rate: Rate, amount: number): boolean {
    return bucket.take(rate, amount, this.#clock.now());
  }

  #keyOf(bytes: Uint8Array): string {
    if (isMapped(bytes)) return showAddress(bytes);
    const bits = this.#options.ipLimitIpv6Prefix;
    const shown = showAddress(maskAddress(bytes, bits));
    return bits === 128 ? shown : `${shown}/${bits}`;
  }

  #refuse(address: PeerAddress, error: CodedError): CodedError {
    try {
      this.#options.ipLimitNotify?.(address, error);
    } catch (thrown) {
      this.#threw(thrown);
    }
    return error;
  }
}

/** Undefined for what has no address: unix sockets and streams. */
function readPeer({ address, family }: PeerAddress): Uint8Array | undefined {
  if (family !== 'ipv4' && family !== 'ipv6') return undefined;
  const zone = address.indexOf('%');
  return parseAddress(zone < 0 ? address : address.slice(0, zone));
}

/** When the slowest budget is full again, in ms. */
function refillMs(rates: PeerRates): number {
  let longest = 0;
  for (const rate of Object.values(rates) as (Rate | undefined)[])
    if (rate !== undefined) longest = Math.max(longest, (rate.burst / rate.perSec) * 1000);
  return longest;
}
