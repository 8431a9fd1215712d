/**
 * Addresses as 16 bytes, IPv4 in the form that RFC 4291 §2.5.5.2 maps it to. Reads text strictly: what is not
 * exactly an address is none.
 */

/** Bits before the 32 of an IPv4 address. */
export const mappedBits = 96;

/** Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1` (RFC 4291 §2.2); undefined for anything else. */
export function parseAddress(text: string): Uint8Array | undefined {
  // the longest has 45 characters
  if (text.length < 2 || text.length > 45) return undefined;
  const bytes = new Uint8Array(16);
  if (!text.includes(':')) {
    bytes.fill(0xff, 10, 12);
    return readIpv4(text, bytes, 12) ? bytes : undefined;
  }
  return readIpv6(text, bytes) ? bytes : undefined;
}

/** The same of the address of a socket, which says its link where it is one of a link (RFC 4007 §11): `fe80::1%eth0`. */
export function parseSocketAddress(text: string): Uint8Array | undefined {
  const zone = text.indexOf('%');
  return parseAddress(zone < 0 ? text : text.slice(0, zone));
}

/** Whether it stands for an IPv4 address. */
export function isMapped(bytes: Uint8Array): boolean {
  for (let at = 0; at < 10; at++) if (bytes[at] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** Writes an address as sockets do: `192.0.2.1`, or IPv6 as RFC 5952 §4 wants it. */
export function showAddress(bytes: Uint8Array): string {
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2)
    groups.push(((bytes[at] as number) << 8) | (bytes[at + 1] as number));
  const { from, length } = longestZeros(groups);
  const show = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return show(groups);
  return `${show(groups.slice(0, from))}::${show(groups.slice(from + length))}`;
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  const best = { from: 0, length: 0 };
  let length = 0;
  for (const [at, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length <= best.length) continue;
    best.length = length;
    best.from = at - length + 1;
  }
  return best;
}

/** Four decimal octets, none with a leading zero: some read those as octal. */
function readIpv4(text: string, into: Uint8Array, at: number): boolean {
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit === -2 && digits > 0) {
      if (++dots > 3) return false;
      octet = 0;
      digits = 0;
      continue;
    }
    // a zero begins no other number
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return false;
    octet = octet * 10 + digit;
    digits++;
    if (octet > 255) return false;
    into[at + dots] = octet;
  }
  return dots === 3 && digits > 0;
}

function readIpv6(text: string, into: Uint8Array): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const [head, tail] = halves as [string, string | undefined];
  const first = readGroups(head, tail === undefined);
  const last = tail === undefined ? [] : readGroups(tail, true);
  if (first === undefined || last === undefined) return false;
  const count = first.length + last.length;
  // `::` stands for one group at least
  if (tail === undefined ? count !== 16 : count > 14) return false;
  into.set(first, 0);
  into.set(last, 16 - last.length);
  return true;
}

/** @param final the text ends the address: its last group may be IPv4 */
function readGroups(text: string, final: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (final && index === groups.length - 1 && group.includes('.')) {
      const octets = new Uint8Array(4);
      if (!readIpv4(group, octets, 0)) return undefined;
      bytes.push(...octets);
      continue;
    }
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}
