import type {
  AdmissionTicket,
  CodedError,
  HttpRequest,
  PeerAddress,
  Spent,
  TableClaimant,
  Transport,
} from '@lws-ts/interface';
import type { ForwardedBy, TrustedProxies } from './trusted-proxies.ts';

/** What a {@link ProxyTicket} needs of the limits. */
export interface ProxiedAdmission {
  readonly proxies: TrustedProxies;
  readonly forwardedBy: ForwardedBy;
  /** As for a connection, for as long as one request lasts. */
  admitRequest(peer: PeerAddress): AdmissionTicket | CodedError;
}

/**
 * A connection of a trusted proxy: it has no limits itself. Each request counts for whom it is from, as a connection
 * of that peer for as long as it lasts; a WebSocket to its end.
 */
export class ProxyTicket implements AdmissionTicket {
  readonly headerTableWanted = false;
  readonly #limits: ProxiedAdmission;
  readonly #own: PeerAddress;
  #client: AdmissionTicket | undefined = undefined;
  /** Stands for whom the request in hand is from. */
  #transport: Transport | undefined = undefined;

  constructor(limits: ProxiedAdmission, own: PeerAddress) {
    this.#limits = limits;
    this.#own = own;
  }

  /** Who a request is from stands in its head: until that is read, there is no limit. */
  takeHeaderTable(claimant: TableClaimant): boolean {
    return this.#client === undefined || this.#client.takeHeaderTable(claimant);
  }

  giveHeaderTable(): void {
    this.#client?.giveHeaderTable();
  }

  beginRequest(request: HttpRequest, transport: Transport): CodedError | undefined {
    this.endRequest();
    const { proxies, forwardedBy } = this.#limits;
    const client = proxies.clientOf(request, forwardedBy, this.#own);
    if ('code' in client) return client;
    transport.standsFor?.(client);
    this.#transport = transport;
    const ticket = this.#limits.admitRequest(client);
    if ('code' in ticket) return ticket;
    this.#client = ticket;
    return ticket.beginRequest(request, transport);
  }

  retryAfterSecs(): number | undefined {
    return this.#client?.retryAfterSecs?.();
  }

  /** What comes next may be from somebody else: until that is known it is the proxy's. */
  endRequest(): void {
    this.#transport?.standsFor?.(this.#own);
    this.#endClient();
  }

  spend(what: Spent, amount: number): CodedError | undefined {
    return this.#client?.spend(what, amount);
  }

  release(): void {
    this.#endClient();
  }

  #endClient(): void {
    this.#transport = undefined;
    const client = this.#client;
    this.#client = undefined;
    client?.release();
  }
}
