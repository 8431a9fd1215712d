/**
 * Our frame reader and writer against those of ws, both sides, on random sequences. LWS_FUZZ_DEPTH says
 * how many times 20,000 frames our reader has to meet; LWS_FUZZ_SEED names the first sequence. The histogram goes to
 * reports/framing-histogram.json and, when a depth was given, to the standard output.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { wsFramingErrors } from '@lws-ts/ws-framing';
import { expect, test } from 'vitest';
import { acceptedDifferences, compareOutcomes } from './framing/differences.ts';
import { ourOutcome } from './framing/our-side.ts';
import { cutInto } from './framing/outcome.ts';
import { Random } from './framing/random.ts';
import { makeSequence } from './framing/sequences.ts';
import { wsOutcome } from './framing/ws-side.ts';

const givenDepth = process.env['LWS_FUZZ_DEPTH'];
const depth = 20_000 * Number(givenDepth ?? 1);
const firstSeed = Number(process.env['LWS_FUZZ_SEED'] ?? 1);

class Histogram {
  frames = 0;
  sequences = 0;
  violating = 0;
  readonly compared: Record<string, number> = {};
  readonly events: Record<string, number> = {};
  readonly violations: Record<string, number> = {};

  count(of: Record<string, number>, name: string): void {
    of[name] = (of[name] ?? 0) + 1;
  }
}

/** Runs the sequence of `seed`; throws with all that is needed to see it again when the readers differ. */
function runSequence(seed: number, histogram: Histogram): void {
  const sequence = makeSequence(new Random(seed));
  const { side, wire, cuts, holds } = sequence;
  const ours = ourOutcome(side, cutInto(wire, cuts));
  const theirs = wsOutcome(side, cutInto(wire, cuts));
  const compared = compareOutcomes(ours, theirs, sequence);
  if (compared === undefined)
    throw new Error(
      `LWS_FUZZ_SEED=${seed}: ${JSON.stringify({ side, holds, cuts, wire: Buffer.from(wire).toString('hex'), ours, theirs }, undefined, 1)}`,
    );
  histogram.sequences++;
  histogram.frames += ours.frames;
  histogram.count(histogram.compared, compared);
  for (const line of ours.events)
    histogram.count(histogram.events, line.slice(0, line.indexOf(' ')));
  if (ours.broken === undefined) return;
  histogram.violating++;
  histogram.count(histogram.violations, ours.broken.code);
}

test('ours and ws read and write alike', { timeout: 20_000 + depth }, async () => {
  const histogram = new Histogram();
  for (let seed = firstSeed; histogram.frames < depth; seed++) {
    runSequence(seed, histogram);
    if (seed % 1000 === 0) await nextTurn();
  }
  const report = `${JSON.stringify(histogram, undefined, 2)}\n`;
  const reports = new URL('../../reports/', import.meta.url);
  mkdirSync(reports, { recursive: true });
  writeFileSync(new URL('framing-histogram.json', reports), report);
  if (givenDepth !== undefined) process.stdout.write(report);

  // A few sequences, run again by their seed, say nothing of the mixture.
  if (depth < 20_000) return;
  expect(histogram.violating / histogram.sequences).toBeGreaterThan(1 / 3);
  const atLeast = depth >= 1_000_000 ? 1000 : Math.floor(depth / 2000);
  const codes = Object.values(wsFramingErrors).flatMap(({ code, closeCode }) =>
    // what an extension finds is not the reader's
    closeCode === undefined || code.startsWith('LWS_ERR_WS_DEFLATE_') ? [] : [code],
  );
  const rare = codes.filter((code) => (histogram.violations[code] ?? 0) < atLeast);
  expect(rare, `fewer than ${atLeast} times`).toEqual([]);
  const unmet = acceptedDifferences.filter(({ name }) => !histogram.compared[name]);
  expect(unmet, 'accepted differences that did not occur').toEqual([]);
});
