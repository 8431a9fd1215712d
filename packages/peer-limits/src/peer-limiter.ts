/** The limits of one context: who may connect, who waits, who is too fast. lws: peer-limits.c */
import type {
  Admission,
  AdmissionTicket,
  Clock,
  CodedError,
  PeerAddress,
  Securing,
  Transport,
} from '@lws-ts/interface';
import { peerLimitErrors } from './errors.ts';
import { parseSocketAddress } from './ip-address.ts';
import type { PeerRates, ResolvedPeerLimits } from './options.ts';
import type { Peer } from './peer.ts';
import { PeerBudget, type Rated } from './peer-budget.ts';
import { peerKey, showPeerKey } from './peer-key.ts';
import { PeerTable } from './peer-table.ts';
import { freeTicket, PeerTicket, type TicketOffice } from './peer-ticket.ts';
import { ProxyHeaderReader } from './proxy-header-reader.ts';
import { type ProxiedAdmission, ProxyTicket } from './proxy-ticket.ts';
import type { Rate } from './token-bucket.ts';
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

const tooFast: Readonly<Record<Rated, CodedError>> = {
  connection: peerLimitErrors.LWS_ERR_PEER_CONNECTION_RATE,
  request: peerLimitErrors.LWS_ERR_PEER_REQUEST_RATE,
  message: peerLimitErrors.LWS_ERR_PEER_MESSAGE_RATE,
  byte: peerLimitErrors.LWS_ERR_PEER_BYTE_RATE,
};

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

  /** @param threw what becomes of an error that `ipLimitNotify` throws, or its promise is rejected with */
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
      peer: showPeerKey(key, this.#options.ipLimitIpv6Prefix),
      connections: wsi,
      headerTables: ah,
      waiting,
    }));
  }

  admit(address: PeerAddress): AdmissionTicket | CodedError {
    if (this.forwardedBy !== 'none' && this.proxies.has(address))
      return new ProxyTicket(this, address);
    return this.#admit(address, true);
  }

  admitRequest(client: PeerAddress): AdmissionTicket | CodedError {
    return this.#admit(client, false);
  }

  /** @param connects it is a connection, of which there may be a rate */
  #admit(address: PeerAddress, connects: boolean): AdmissionTicket | CodedError {
    const bytes = readPeer(address);
    if (bytes === undefined || this.#options.ipLimitExempt.has(bytes)) return freeTicket;
    // it speaks for itself: the check of its health, or a request that does not say whom it is from
    if (this.proxies.has(address)) return freeTicket;
    const now = this.#clock.now();
    const { ipLimitWsi, ipLimitIpv6Prefix } = this.#options;
    const peer = this.#table.find(peerKey(bytes, ipLimitIpv6Prefix), now);
    if (ipLimitWsi > 0 && peer.wsi >= ipLimitWsi)
      return this.#refuse(address, peerLimitErrors.LWS_ERR_PEER_LIMIT_WSI);
    const tooMany = connects ? this.spend(peer, address, 'connection', 1) : undefined;
    if (tooMany !== undefined) return tooMany;
    this.#table.enter(peer);
    return new PeerTicket(this, address, peer);
  }

  takeTable(peer: Peer, ticket: PeerTicket): boolean {
    const { ipLimitAh } = this.#options;
    // nobody overtakes those that wait: while one does, `giveTable` leaves none over
    if (ipLimitAh > 0 && peer.ah >= ipLimitAh) {
      peer.wait(ticket);
      return false;
    }
    peer.ah++;
    return true;
  }

  giveTable(peer: Peer): void {
    const next = peer.takeWaiting();
    if (next === undefined) peer.ah--;
    else next.tableGranted();
  }

  spend(peer: Peer, address: PeerAddress, what: Rated, amount: number): CodedError | undefined {
    const rate = this.#rates[what];
    if (rate === undefined) return undefined;
    peer.budget ??= new PeerBudget();
    if (peer.budget.take(what, rate, amount, this.#clock.now())) return undefined;
    return this.#refuse(address, tooFast[what]);
  }

  requestWaitSecs(peer: Peer): number | undefined {
    const rate = this.#rates.request;
    if (rate === undefined || peer.budget === undefined) return undefined;
    return Math.max(1, Math.ceil(peer.budget.waitSecs('request', rate, this.#clock.now())));
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

  #refuse(address: PeerAddress, error: CodedError): CodedError {
    try {
      const told: unknown = this.#options.ipLimitNotify?.(address, error);
      if (told instanceof Promise) told.catch(this.#threw);
    } catch (thrown) {
      this.#threw(thrown);
    }
    return error;
  }
}

/** Undefined for what has no address: unix sockets and streams. */
function readPeer({ address, family }: PeerAddress): Uint8Array | undefined {
  if (family !== 'ipv4' && family !== 'ipv6') return undefined;
  return parseSocketAddress(address);
}

/** When the slowest budget is full again, in ms. */
function refillMs(rates: PeerRates): number {
  let longest = 0;
  for (const rate of Object.values(rates) as (Rate | undefined)[])
    if (rate !== undefined) longest = Math.max(longest, (rate.burst / rate.perSec) * 1000);
  return longest;
}
