import { type CodedError, type HttpRequest, LwsError, type PeerAddress } from '@lws-ts/interface';
import { AddressList, readAddressList } from './address-list.ts';
import { peerLimitErrors } from './errors.ts';
import { type ForwardedNode, readForwarded, readXForwardedFor } from './forwarded.ts';
import { isMapped, parseAddress, parseSocketAddress, showAddress } from './ip-address.ts';

/** The header that proxies put addresses into. */
export type ForwardedBy = 'none' | 'forwarded' | 'x-forwarded-for';

/** Who is believed when it says whom it speaks for. */
export class TrustedProxies {
  readonly #addresses: AddressList;
  readonly #unix: boolean;

  /** @param unix whoever connects over a unix socket is one too */
  constructor(addresses: AddressList, unix: boolean) {
    this.#addresses = addresses;
    this.#unix = unix;
  }

  get empty(): boolean {
    return this.#addresses.empty && !this.#unix;
  }

  has(peer: PeerAddress): boolean {
    if (peer.family === 'unix') return this.#unix;
    const bytes = parseSocketAddress(peer.address);
    return bytes !== undefined && this.#addresses.has(bytes);
  }

  /**
   * Whom a request of the proxy `own` is from: going through the header from its end, the first that is no proxy
   * itself. A node that does not say, or a request without the header, is from the last one that is known.
   */
  clientOf(request: HttpRequest, by: ForwardedBy, own: PeerAddress): PeerAddress | CodedError {
    const value = allFields(request, by);
    if (value === undefined) return own;
    const nodes = by === 'forwarded' ? readForwarded(value) : readXForwardedFor(value);
    if (nodes === undefined)
      return new LwsError(
        peerLimitErrors.LWS_ERR_PEER_FORWARDED,
        JSON.stringify(value.slice(-256)),
      );
    let client = own;
    for (let at = nodes.length - 1; at >= 0; at--) {
      const next = this.#read(nodes[at], own);
      if (next === undefined) return client;
      client = next;
      if (!this.has(client)) return client;
    }
    return client;
  }

  #read(node: ForwardedNode, own: PeerAddress): PeerAddress | undefined {
    const bytes = node === undefined ? undefined : parseAddress(node);
    if (bytes === undefined) return undefined;
    const family = isMapped(bytes) ? 'ipv4' : 'ipv6';
    return { address: showAddress(bytes), port: 0, family, proxy: { address: own } };
  }
}

/** All fields of that name, in their order. */
function allFields(request: HttpRequest, wanted: string): string | undefined {
  if (request.field(wanted) === undefined) return undefined;
  const values: string[] = [];
  request.each((name, value) => {
    if (name.toLowerCase() === wanted) values.push(value);
  });
  return values.join(',');
}

/** How `trustedProxies` is read. @throws `LWS_ERR_OPTION` */
export function readTrustedProxies(value: unknown, name: string): TrustedProxies {
  const addresses = Array.isArray(value) ? value.filter((one) => one !== 'unix') : value;
  const unix = Array.isArray(value) && value.includes('unix');
  return new TrustedProxies(readAddressList(addresses, name), unix);
}

/** Nobody is. */
export const noProxies: TrustedProxies = new TrustedProxies(
  new AddressList([], 'trustedProxies'),
  false,
);
