/**
 * Mutated frames at the codec, both sides: nothing is thrown, nothing hangs, memory does not grow, and the calls say
 * the same however the octets are cut. LWS_FUZZ_DEPTH says how many times 100,000 frames are read; LWS_FUZZ_SEED names
 * the first wire.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { depth } from './cases/depth.ts';
import { cutInto } from './framing/outcome.ts';
import { Random } from './framing/random.ts';
import { mutated } from './mutation/mutate.ts';
import { compressedSeeds, seedsOf } from './mutation/seeds.ts';
import { type Trace, TracedReader } from './mutation/traced-reader.ts';

const firstSeed = Number(process.env['LWS_FUZZ_SEED'] ?? 1);
const wanted = Math.max(1, Math.round(100_000 * depth));
const mebibyte = 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const sides = (['server', 'client'] as const).map((side) => {
  const peer = side === 'server' ? 'client' : 'server';
  return { side, seeds: [...seedsOf(peer), ...compressedSeeds(peer)] };
});

function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Reads the wire of a seed whole and in pieces, stopped here and there. */
function readTwice(number: number): Trace {
  const random = new Random(number);
  const { side, seeds } = sides[number % 2] as (typeof sides)[number];
  const wire = mutated(seeds, random);
  const allowRsv1 = random.chance(50);
  const cuts = Array.from({ length: random.below(8) }, () => random.below(wire.length + 1));
  const octetwise = random.chance(10) ? Array.from({ length: wire.length }, (_, at) => at) : cuts;
  const pieces = cutInto(
    wire,
    octetwise.sort((a, b) => a - b),
  );
  const whole = new TracedReader(side, allowRsv1);
  const cut = new TracedReader(side, allowRsv1, random);
  try {
    whole.push(wire);
    for (const piece of pieces) cut.push(piece);
  } catch (error) {
    throw new Error(`LWS_FUZZ_SEED=${number}`, { cause: error });
  }
  if (whole.trace.sum !== cut.trace.sum || whole.trace.broken !== cut.trace.broken)
    throw new Error(
      `LWS_FUZZ_SEED=${number}: whole ${JSON.stringify(whole.trace)}, cut ${JSON.stringify(cut.trace)}`,
    );
  return whole.trace;
}

test(`${wanted} mutated frames`, { timeout: 20_000 + wanted }, async () => {
  const broken = new Map<string, number>();
  let frames = 0;
  let before = 0;
  let most = 0;
  for (let number = firstSeed; frames < wanted; number++) {
    const trace = readTwice(number);
    frames += trace.frames + (trace.broken === '' ? 0 : 1);
    broken.set(trace.broken, (broken.get(trace.broken) ?? 0) + 1);
    if ((number - firstSeed) % 10_000 !== 5000) continue;
    await nextTurn();
    if (before === 0) before = memory();
    else most = Math.max(most, memory());
  }
  if (process.env['LWS_FUZZ_DEPTH'] !== undefined)
    process.stdout.write(`${frames} frames: ${JSON.stringify(Object.fromEntries(broken))}\n`);
  expect(most - before).toBeLessThan(16 * mebibyte);
  // a few wires, run again by their seed, say nothing of the mixture
  if (wanted < 100_000) return;
  expect(most).toBeGreaterThan(0);
  const kinds = [...broken.keys()].filter((code) => code !== '').map((code) => code.split(' ')[0]);
  expect(kinds).toHaveLength(12);
});
