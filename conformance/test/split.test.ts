/** The octets of each small case in two pieces, split at every octet, and in three with stops inside calls. */
import { describe, expect, test } from 'vitest';
import { cutInto } from './framing/outcome.ts';
import { Random } from './framing/random.ts';
import { compressedSeeds, seedsOf } from './mutation/seeds.ts';
import { type Trace, TracedReader } from './mutation/traced-reader.ts';

/** Octets at each end of a wire, of which none is passed over. */
const near = 100;

type Side = 'server' | 'client';

function read(side: Side, wire: Uint8Array, cuts: readonly number[], stops?: Random): Trace {
  const reader = new TracedReader(side, true, stops);
  for (const piece of cutInto(wire, cuts)) reader.push(piece);
  return reader.trace;
}

describe.each([
  ['server', 'client'],
  ['client', 'server'],
] as const)('%s', (side, peer) => {
  test('a split changes nothing', () => {
    let splits = 0;
    for (const seed of [...seedsOf(peer), ...compressedSeeds(peer)]) {
      const wire = new Uint8Array(Buffer.concat(seed));
      const whole = read(side, wire, []);
      for (let at = 1; at < wire.length; at++) {
        // inside a long payload one octet is like another
        if (at > near && at < wire.length - near) continue;
        const random = new Random(at);
        const twice = [at, random.between(at, wire.length)];
        if (read(side, wire, [at]).sum !== whole.sum) expect.fail(`${hexOf(wire)} split at ${at}`);
        if (read(side, wire, twice, random).sum !== whole.sum)
          expect.fail(`${hexOf(wire)} cut at ${twice.join()} with stops`);
        splits++;
      }
    }
    expect(splits).toBeGreaterThan(5000);
  });
});

function hexOf(wire: Uint8Array): string {
  return Buffer.from(wire).toString('hex');
}
