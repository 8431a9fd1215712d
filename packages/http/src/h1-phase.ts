import { LwsError } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';

/** Between requests; holds no header table. */
export const IDLE = 0;
/** Bytes of a head have come, or may come at once: a header table is held, or what came of the head in a copy. */
export const HEAD = 1;
/** All header tables are lent: nothing is read until one is given. */
export const WAITING = 2;
/** A request has its exchange. */
export const EXCHANGE = 3;
/** The answer is complete; what is left of the request's body is dropped. */
export const DRAIN = 4;
/** The last answer is complete and on its way. */
export const FLUSH = 5;
/** Refused, upgraded, told to end, or gone: nothing is read any more. */
export const OVER = 6;

/** For each phase those that may follow, a bit each. */
const steps: readonly number[] = [
  bits(HEAD, WAITING, FLUSH, OVER),
  bits(IDLE, WAITING, EXCHANGE, OVER),
  bits(HEAD, OVER),
  bits(IDLE, DRAIN, FLUSH, OVER),
  bits(IDLE, FLUSH, OVER),
  bits(OVER),
  bits(),
];

/** @throws `LWS_ERR_HTTP_INTERNAL` when the step is not in the table */
export function assertStep(from: number, to: number): void {
  if ((((steps[from] as number) >> to) & 1) === 0)
    throw new LwsError(httpErrors.LWS_ERR_HTTP_INTERNAL, `a connection went from ${from} to ${to}`);
}

function bits(...phases: number[]): number {
  return phases.reduce((all, phase) => all | (1 << phase), 0);
}
