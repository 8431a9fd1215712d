import { describe, expect, test } from 'vitest';
import { assertPhaseStep, type ConnectionPhase } from '../src/connection-phase.ts';

const phases: readonly ConnectionPhase[] = ['open', 'closing', 'ending', 'gone'];
const legal = new Set([
  'open closing',
  'open ending',
  'open gone',
  'closing ending',
  'closing gone',
  'ending gone',
]);

describe.each(phases)('from %s', (from) => {
  test.each(phases)('to %s', (to) => {
    let allowed = true;
    try {
      assertPhaseStep(from, to);
    } catch {
      allowed = false;
    }
    expect(allowed).toBe(legal.has(`${from} ${to}`));
  });
});
