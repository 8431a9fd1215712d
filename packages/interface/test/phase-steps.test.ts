import { describe, expect, test } from 'vitest';
import { errorTable, numberedStepCheck, type PhaseSteps, stepCheck } from '../src/index.ts';

type Phase = 'up' | 'down' | 'gone';

const { LWS_ERR_TEST: error } = errorTable({
  LWS_ERR_TEST: { message: 'a step', hint: 'None.' },
});
const steps: PhaseSteps<Phase> = { up: ['down', 'gone'], down: ['up', 'gone'], gone: [] };
const phases: readonly Phase[] = ['up', 'down', 'gone'];
const named = stepCheck(steps, error, 'a lift');
const numbered = numberedStepCheck(steps, error, 'a lift');

const rows = phases.flatMap((from) => phases.map((to) => [from, to] as const));

describe.each([
  ['by name', named],
  ['by number', (from: Phase, to: Phase) => numbered(phases.indexOf(from), phases.indexOf(to))],
])('%s', (_how, check) => {
  test.each(rows)('%s to %s', (from, to) => {
    if (steps[from].includes(to)) expect(() => check(from, to)).not.toThrow();
    else
      expect(() => check(from, to)).toThrow(
        expect.objectContaining({
          code: 'LWS_ERR_TEST',
          message: expect.stringContaining(`a lift went from ${from} to ${to}`),
        }),
      );
  });
});
