import type { PeerAddress } from '@lws-ts/interface';

/** An IPv4 address, or the /64 of an IPv6 one: who has one of those has all. Empty for what has no address. */
export function peerKey({ family, address }: PeerAddress): string {
  if (family === 'ipv4') return address;
  if (family !== 'ipv6') return '';
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  while (tail !== undefined && groups.length < 8 - behind) groups.push('0');
  return groups.slice(0, 4).join(':');
}
