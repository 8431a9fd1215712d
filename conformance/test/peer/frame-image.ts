/** Frames as a peer puts them on the wire, right or wrong: RFC 6455 §5.2 alone, and nothing of the code under test. */
import type { Act, CaseFrame } from '../cases/case.ts';

/** Which side the peer is: a client masks. */
export type PeerSide = 'server' | 'client';

/** The octets of a frame. A client's key is made from `turn`, so that each frame has another. */
export function frameImage(frame: CaseFrame, side: PeerSide, turn: number): Uint8Array {
  const { opcode, payload, fin, rsv } = frame;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode, ...lengthOctets(payload.length)];
  const key = side === 'client' ? keyOf(turn) : [];
  if (side === 'client') head[1] = (head[1] ?? 0) | 0x80;
  const image = new Uint8Array(head.length + key.length + payload.length);
  image.set(head);
  image.set(key, head.length);
  image.set(payload, head.length + key.length);
  if (key.length > 0) mask(image, head.length + 4, key);
  return image;
}

/** The part of its frame that an act says. */
export function saidImage(act: Act & { do: 'say' }, side: PeerSide, turn: number): Uint8Array {
  const image = frameImage(act.frame, side, turn);
  const head = image.length - act.frame.payload.length;
  return image.subarray(act.from === 0 ? 0 : head + act.from, head + act.to);
}

/** Octets of the header of a frame. */
export function headLength(frame: CaseFrame, side: PeerSide): number {
  return 1 + lengthOctets(frame.payload.length).length + (side === 'client' ? 4 : 0);
}

function lengthOctets(length: number): number[] {
  if (length < 126) return [length];
  if (length < 65_536) return [126, length >> 8, length & 0xff];
  const low = [length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  return [127, 0, 0, 0, 0, ...low];
}

function keyOf(turn: number): number[] {
  return [0x37, 0xfa, 0x21, 0x3d].map((octet, at) => (octet + turn * (31 + at)) & 0xff);
}

function mask(image: Uint8Array, from: number, key: readonly number[]): void {
  for (let at = from; at < image.length; at++)
    image[at] = (image[at] as number) ^ (key[(at - from) & 3] as number);
}
