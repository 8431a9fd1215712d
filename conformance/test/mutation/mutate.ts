/** Harms the images of frames: bytes, header fields, lengths that lie, frames that are missing, doubled or moved. */
import type { Random } from '../framing/random.ts';
import type { Seed } from './seeds.ts';

type Mutator = (frames: Uint8Array[], random: Random) => void;

/** Replaces one frame that has octets by what `change` makes of its copy. */
function changing(change: (image: Uint8Array, random: Random) => Uint8Array): Mutator {
  return (frames, random) => {
    const at = random.below(frames.length);
    const image = frames[at];
    if (image !== undefined && image.length > 1) frames[at] = change(image.slice(), random);
  };
}

function flip(image: Uint8Array, random: Random): Uint8Array {
  const at = random.below(image.length);
  image[at] = (image[at] as number) ^ (1 << random.below(8));
  return image;
}

function overwrite(image: Uint8Array, random: Random): Uint8Array {
  image[random.below(image.length)] = random.below(256);
  return image;
}

function insert(image: Uint8Array, random: Random): Uint8Array {
  const at = random.below(image.length + 1);
  return joined([image.subarray(0, at), random.bytes(random.between(1, 8)), image.subarray(at)]);
}

function remove(image: Uint8Array, random: Random): Uint8Array {
  const at = random.below(image.length);
  return joined([image.subarray(0, at), image.subarray(at + random.between(1, 8))]);
}

function cutShort(image: Uint8Array, random: Random): Uint8Array {
  return image.subarray(0, random.below(image.length));
}

/** FIN, RSV and opcode: each field by itself, so that most of them stay as they were. */
function first(image: Uint8Array, random: Random): Uint8Array {
  const octet = image[0] as number;
  image[0] = random.pick([
    octet ^ 0x80,
    octet ^ 0x10,
    octet ^ 0x20,
    octet ^ 0x40,
    (octet & 0xf0) | random.below(16),
    (octet & 0xf0) | random.pick([0, 1, 2, 8, 9, 10]),
  ]);
  return image;
}

function maskBit(image: Uint8Array): Uint8Array {
  image[1] = (image[1] as number) ^ 0x80;
  return image;
}

/** The length says another number, or the same in another form. */
function length(image: Uint8Array, random: Random): Uint8Array {
  const octet = image[1] as number;
  const said = octet & 0x7f;
  const mask = octet & 0x80;
  if (random.chance(40)) {
    image[1] = mask | random.pick([0, 1, said + 1, said - 1, 125, 126, 127, random.below(128)]);
    return image;
  }
  const wide = random.chance(50);
  const value = random.pick([said, said + 1, 126, 65_535, 65_536, random.below(2 ** 31)]);
  const octets = new Uint8Array(wide ? 8 : 2);
  new DataView(octets.buffer).setUint16(octets.length - 2, value & 0xffff);
  if (wide) new DataView(octets.buffer).setUint32(2, Math.floor(value / 0x10000));
  if (wide && random.chance(20)) octets[0] = random.pick([0x80, 0x01, 0x7f]);
  return joined([
    Uint8Array.of(image[0] as number, mask | (wide ? 127 : 126)),
    octets,
    image.subarray(2),
  ]);
}

const harmless: readonly Mutator[] = [
  (frames, random) => void frames.splice(random.below(frames.length + 1), 0, random.pick(frames)),
  (frames, random) => void (frames.length > 1 && frames.splice(random.below(frames.length), 1)),
  (frames, random) => frames.push(...frames.splice(0, random.below(frames.length))),
];

const mutators: readonly Mutator[] = [
  ...[flip, overwrite, insert, remove, cutShort, first, maskBit, length].map(changing),
  ...harmless,
];

/** One wire: a seed, or two in a row, and up to three mutations. */
export function mutated(seeds: readonly Seed[], random: Random): Uint8Array {
  const frames = [...random.pick(seeds)];
  while (frames.length === 0 || random.chance(40)) frames.unshift(...random.pick(seeds));
  for (let times = random.between(1, 3); times > 0; times--) random.pick(mutators)(frames, random);
  return joined(frames);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
