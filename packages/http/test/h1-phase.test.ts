import { describe, expect, test } from 'vitest';
import { assertStep, DRAIN, EXCHANGE, FLUSH, HEAD, IDLE, OVER, WAITING } from '../src/h1-phase.ts';

const phases = { IDLE, HEAD, WAITING, EXCHANGE, DRAIN, FLUSH, OVER };

/** Every legal step, one line a phase. */
const legal = new Set(
  [
    'IDLE HEAD, IDLE WAITING, IDLE FLUSH, IDLE OVER',
    'HEAD IDLE, HEAD WAITING, HEAD EXCHANGE, HEAD OVER',
    'WAITING HEAD, WAITING OVER',
    'EXCHANGE IDLE, EXCHANGE DRAIN, EXCHANGE FLUSH, EXCHANGE OVER',
    'DRAIN IDLE, DRAIN FLUSH, DRAIN OVER',
    'FLUSH OVER',
  ].flatMap((line) => line.split(', ')),
);

describe.each(Object.entries(phases))('from %s', (from, fromPhase) => {
  test.each(Object.entries(phases))('to %s', (to, toPhase) => {
    const step = () => assertStep(fromPhase, toPhase);
    if (legal.has(`${from} ${to}`)) expect(step).not.toThrow();
    else
      expect(step).toThrow(
        expect.objectContaining({
          code: 'LWS_ERR_HTTP_INTERNAL',
          message: expect.stringContaining(
            `a connection went from ${from.toLowerCase()} to ${to.toLowerCase()}`,
          ),
        }),
      );
  });
});
