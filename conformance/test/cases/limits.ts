/**
 * Category 9: large messages, in one frame, in fragments and in small writes, and many small ones one after the
 * other. Less of it in the run of every day: see `depth.ts`.
 */
import { bye, type Case, echoed, fill, fragments, frame, hear, row, say, star } from './case.ts';
import { atDepth, ofWhole, sized } from './depth.ts';

const kib = 1024;
const mib = 1024 * kib;
const sizes = [64 * kib, 256 * kib, mib, 4 * mib, 8 * mib, 16 * mib];
const fragmentSizes = [64, 256, kib, 4 * kib, 16 * kib, 64 * kib, 256 * kib, mib, 4 * mib];
const writeSizes = [64, 128, 256, 512, 1024, 2048];
const roundTripSizes = [0, 16, 64, 256, 1024, 4096];

interface Kind {
  readonly name: 'text' | 'binary';
  readonly opcode: 1 | 2;
  readonly octet: number;
}

const text: Kind = { name: 'text', opcode: 1, octet: star };
const binary: Kind = { name: 'binary', opcode: 2, octet: 0xfe };

function inOneFrame(id: string, { name, opcode, octet }: Kind): Case[] {
  return sizes.map((whole, at) => {
    const size = atDepth(whole, 256 * kib);
    return row(`${id}.${at + 1}`, '§5.2', `${name} of ${ofWhole(size, whole, sized)}`, () =>
      echoed(opcode, fill(octet, size)),
    );
  });
}

function inFragments(id: string, { name, opcode, octet }: Kind): Case[] {
  const whole = 4 * mib;
  const size = atDepth(whole, 256 * kib);
  return fragmentSizes.map((each, at) =>
    row(
      `${id}.${at + 1}`,
      '§5.4',
      `${name} of ${ofWhole(size, whole, sized)} in fragments of ${sized(each)}`,
      () => {
        const payload = fill(octet, size);
        return echoed(opcode, payload, fragments(opcode, payload, each));
      },
    ),
  );
}

function inWrites(id: string, { name, opcode, octet }: Kind): Case[] {
  const size = atDepth(mib, 64 * kib);
  return writeSizes.map((each, at) =>
    row(
      `${id}.${at + 1}`,
      '§5.2',
      `${name} of ${ofWhole(size, mib, sized)}, ${each} octets a write`,
      () => echoed(opcode, fill(octet, size)),
      each,
    ),
  );
}

function roundTrips(id: string, { name, opcode, octet }: Kind): Case[] {
  const count = atDepth(1000, 20);
  return roundTripSizes.map((size, at) =>
    row(
      `${id}.${at + 1}`,
      '§5.6',
      `${name} of ${sized(size)}, ${ofWhole(count, 1000, String)} times`,
      () => {
        const payload = fill(octet, size);
        const once = [...say(frame(opcode, payload)), hear(name, payload)];
        return [...Array.from({ length: count }, () => once).flat(), ...bye];
      },
    ),
  );
}

export const limits: readonly Case[] = [
  ...inOneFrame('9.1', text),
  ...inOneFrame('9.2', binary),
  ...inFragments('9.3', text),
  ...inFragments('9.4', binary),
  ...inWrites('9.5', text),
  ...inWrites('9.6', binary),
  ...roundTrips('9.7', text),
  ...roundTrips('9.8', binary),
];
