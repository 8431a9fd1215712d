import { describe, expect, test } from 'vitest';
import { assertStep, type Phase } from '../src/phase.ts';

const phases: readonly Phase[] = [
  'accepted',
  'connecting',
  'securing',
  'open',
  'closing',
  'finishing',
  'lingering',
  'aborted',
  'closed',
];

/** Every legal step, one line a phase. */
const legal = new Set(
  [
    'accepted connecting, accepted securing, accepted open, accepted aborted, accepted closed',
    'connecting open, connecting aborted, connecting closed',
    'securing connecting, securing open, securing aborted, securing closed',
    'open connecting, open securing, open closing, open finishing, open aborted, open closed',
    'closing finishing, closing aborted, closing closed',
    'finishing lingering, finishing aborted, finishing closed',
    'lingering aborted, lingering closed',
    'aborted closed',
  ].flatMap((line) => line.split(', ')),
);

describe.each(phases)('from %s', (from) => {
  test.each(phases)('to %s', (to) => {
    const step = () => assertStep(from, to);
    if (legal.has(`${from} ${to}`)) expect(step).not.toThrow();
    else expect(step).toThrow(expect.objectContaining({ code: 'LWS_ERR_INTERNAL' }));
  });
});
