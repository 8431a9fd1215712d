/**
 * Reads the header of the PROXY protocol, versions 1 and 2, from the first bytes of a connection. Pure: it is given
 * all that came so far and keeps nothing. What is not exactly such a header is refused.
 */
import type { PeerAddress } from '@lws-ts/interface';
import { crc32c } from './crc32c.ts';
import { parseAddress, showAddress } from './ip-address.ts';

/** What the first bytes say. */
export type ProxyHeader =
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly why: string }
  | {
      readonly kind: 'header';
      /** How many of the bytes it was. */
      readonly length: number;
      /** Whom the proxy speaks for; undefined: for itself. */
      readonly source: PeerAddress | undefined;
      /** What else it said (version 2), by type. */
      readonly tlvs: ReadonlyMap<number, Uint8Array>;
    };

const signature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
/** Longest line of version 1, with its end. */
const longestLine = 107;
/** Most bytes behind the fixed part of version 2 that are taken: real ones have some hundred. */
const longestBody = 4096;
const fixedBytes = 16;
const tlvNoop = 0x04;
const tlvChecksum = 0x03;

const more: ProxyHeader = Object.freeze({ kind: 'more' });
const none: ReadonlyMap<number, Uint8Array> = new Map();

/** @param bytes all that came so far */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (bytes.length === 0) return more;
  if (bytes[0] === signature[0]) return readVersion2(bytes);
  return readVersion1(bytes);
}

function bad(why: string): ProxyHeader {
  return { kind: 'bad', why };
}

function readVersion1(bytes: Uint8Array): ProxyHeader {
  const seen = String.fromCharCode(...bytes.subarray(0, longestLine));
  const begin = 'PROXY ';
  if (!seen.startsWith(begin.slice(0, seen.length))) return bad('no PROXY header');
  const end = seen.indexOf('\r\n');
  if (end < 0) return bytes.length < longestLine ? more : bad('a line without an end');
  const [, family, from, to, fromPort, toPort, ...rest] = seen.slice(0, end).split(' ');
  const length = end + 2;
  // what stands behind UNKNOWN means nothing
  if (family === 'UNKNOWN') return { kind: 'header', length, source: undefined, tlvs: none };
  const of = family === 'TCP4' ? 'ipv4' : family === 'TCP6' ? 'ipv6' : undefined;
  if (of === undefined) return bad('an unknown family');
  const address = readAddress(from, of);
  const port = readPort(fromPort);
  const whole = readAddress(to, of) !== undefined && readPort(toPort) !== undefined;
  if (address === undefined || port === undefined || !whole || rest.length > 0)
    return bad('no addresses and ports');
  return { kind: 'header', length, source: peerAt(address, port), tlvs: none };
}

function readAddress(text: string | undefined, family: 'ipv4' | 'ipv6'): Uint8Array | undefined {
  if (text === undefined || text.includes(':') !== (family === 'ipv6')) return undefined;
  return parseAddress(text);
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0|[1-9]\d{0,4})$/.test(text)) return undefined;
  return Number(text) <= 65_535 ? Number(text) : undefined;
}

function readVersion2(bytes: Uint8Array): ProxyHeader {
  for (let at = 0; at < signature.length && at < bytes.length; at++)
    if (bytes[at] !== signature[at]) return bad('no PROXY header');
  const command = bytes[12];
  if (command !== undefined && command !== 0x20 && command !== 0x21)
    return bad('a version or command that is not known');
  if (bytes.length < fixedBytes) return more;
  const body = ((bytes[14] as number) << 8) | (bytes[15] as number);
  if (body > longestBody) return bad(`${body} bytes of addresses and more`);
  const length = fixedBytes + body;
  if (bytes.length < length) return more;
  return readBody(bytes.subarray(0, length), command === 0x20);
}

/** Bytes of addresses and ports by family and transport. */
const addressBytes: Readonly<Record<number, number>> = {
  17: 12,
  18: 12,
  33: 36,
  34: 36,
  49: 216,
  50: 216,
};

function readBody(header: Uint8Array, local: boolean): ProxyHeader {
  const family = header[13] as number;
  // of a connection of the proxy's own, and of a family it does not name, nothing else is looked at
  if (local || family === 0)
    return { kind: 'header', length: header.length, source: undefined, tlvs: none };
  const addresses = addressBytes[family];
  if (addresses === undefined) return bad('a family or transport that is not known');
  if (fixedBytes + addresses > header.length) return bad('addresses that are cut off');
  const tlvs = readTlvs(header, fixedBytes + addresses);
  if (typeof tlvs === 'string') return bad(tlvs);
  const source = readSource(header, family >> 4);
  return { kind: 'header', length: header.length, source, tlvs };
}

function readSource(header: Uint8Array, family: number): PeerAddress {
  if (family === 3) return { address: '', port: 0, family: 'unix' };
  const size = family === 1 ? 4 : 16;
  const address = new Uint8Array(16);
  if (family === 1) address.fill(0xff, 10, 12);
  address.set(header.subarray(fixedBytes, fixedBytes + size), 16 - size);
  const at = fixedBytes + 2 * size;
  return peerAt(address, ((header[at] as number) << 8) | (header[at + 1] as number));
}

/** A message instead when they are not well formed. */
function readTlvs(header: Uint8Array, from: number): Map<number, Uint8Array> | string {
  const tlvs = new Map<number, Uint8Array>();
  let at = from;
  while (at < header.length) {
    if (at + 3 > header.length) return 'a TLV that is cut off';
    const type = header[at] as number;
    const length = ((header[at + 1] as number) << 8) | (header[at + 2] as number);
    const begin = at + 3;
    at = begin + length;
    if (at > header.length) return 'a TLV that is cut off';
    if (type === tlvChecksum && !checksumFits(header, begin, length)) return 'a wrong checksum';
    if (type !== tlvNoop && !tlvs.has(type))
      tlvs.set(type, new Uint8Array(header.subarray(begin, at)));
  }
  return tlvs;
}

function checksumFits(header: Uint8Array, at: number, length: number): boolean {
  if (length !== 4) return false;
  const told = new DataView(header.buffer, header.byteOffset + at, 4).getUint32(0);
  return crc32c(header, at, at + 4) === told;
}

function peerAt(bytes: Uint8Array, port: number): PeerAddress {
  const address = showAddress(bytes);
  return { address, port, family: address.includes(':') ? 'ipv6' : 'ipv4' };
}
