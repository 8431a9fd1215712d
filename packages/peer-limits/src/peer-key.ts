/** What peers are told apart by: an IPv4 address, or the first bits of an IPv6 one, in a few characters. */
import { maskAddress } from './address-list.ts';
import { isMapped, showAddress } from './ip-address.ts';

/** Characters of the key of an IPv4 address; those of IPv6 have more. */
const ipv4Characters = 2;

/** @param prefix bits of an IPv6 address that count */
export function peerKey(address: Uint8Array, prefix: number): string {
  if (isMapped(address)) return pack(address, 12, 16);
  const bytes = 2 * Math.max(ipv4Characters + 1, Math.ceil(prefix / 16));
  return pack(maskAddress(address, prefix), 0, bytes);
}

/** The key in words. */
export function showPeerKey(key: string, prefix: number): string {
  const bytes = new Uint8Array(16);
  const ipv4 = key.length === ipv4Characters;
  if (ipv4) bytes.fill(0xff, 10, 12);
  for (let at = 0; at < key.length; at++) {
    const pair = key.charCodeAt(at);
    const to = (ipv4 ? 12 : 0) + 2 * at;
    bytes[to] = pair >> 8;
    bytes[to + 1] = pair & 0xff;
  }
  const shown = showAddress(bytes);
  return ipv4 || prefix === 128 ? shown : `${shown}/${prefix}`;
}

function pack(bytes: Uint8Array, from: number, to: number): string {
  const pairs: number[] = [];
  for (let at = from; at < to; at += 2)
    pairs.push(((bytes[at] as number) << 8) | (bytes[at + 1] as number));
  return String.fromCharCode(...pairs);
}
