/**
 * State machines of connections under events in any order: HTTP, WebSocket and raw sockets in memory, on a clock that the test
 * turns, in Node's loop and in one that the test drives. 1,000 sequences times LWS_FUZZ_DEPTH: 100 is what a release
 * is tested with. The model stands in model.ts.
 */
import { setLogLevel } from '@lws-ts/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kinds, type Step, World } from './sequences/world.ts';

const errors: string[] = [];
beforeAll(() => setLogLevel('err', (_level, line) => errors.push(line)));
afterAll(() => setLogLevel('err,warn,notice', null));

const runs = Math.max(1, Math.round(1000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1)));
const given = process.env['LWS_FUZZ_SEED'];
const seed = given === undefined ? (Date.now() ^ (process.pid << 8)) | 0 : Number(given);

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...kinds),
  fc.nat({ max: 100 }),
  fc.nat({ max: 1000 }),
);
const script = fc.record({
  // Node's loop takes real turns: fewer of these
  polled: fc.constantFrom(true, true, true, true, false),
  patient: fc.boolean(),
  deadlineSecs: fc.constantFrom(0, 3),
  steps: fc.array(step, { minLength: 2, maxLength: 30 }),
});

test(`end in order, and lose nothing (LWS_FUZZ_SEED=${seed})`, {
  timeout: 60_000 + runs * 50,
}, async () => {
  let answered = 0;
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(script, async ({ polled, patient, deadlineSecs, steps }) => {
      errors.length = 0;
      const world = new World(polled, patient);
      await world.open();
      await world.take(['connect', 0, 1]);
      for (const each of steps) await world.take(each);
      await world.settleUp();
      await world.end(deadlineSecs);
      for (const link of world.links) {
        answered += link.heard;
        ended += link.closed;
      }
      expect([...world.wrong, ...errors]).toEqual([]);
    }),
    { numRuns: runs, seed, ...(given === undefined ? {} : { endOnFailure: false }) },
  );
  // it does what it is there for
  expect(answered).toBeGreaterThan(runs);
  expect(ended).toBeGreaterThan(runs / 2);
});
