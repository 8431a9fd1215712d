import { numberedStepCheck } from '@lws-ts/interface';
import { httpErrors } from './errors.ts';

// Numbers: every request takes some steps. Each is the place of its name in the table below.
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

/** Throws `LWS_ERR_HTTP_INTERNAL` when the step is not in the table. */
export const assertStep: (from: number, to: number) => void = numberedStepCheck(
  {
    idle: ['head', 'waiting', 'flush', 'over'],
    head: ['idle', 'waiting', 'exchange', 'over'],
    waiting: ['head', 'over'],
    exchange: ['idle', 'drain', 'flush', 'over'],
    drain: ['idle', 'flush', 'over'],
    flush: ['over'],
    over: [],
  },
  httpErrors.LWS_ERR_HTTP_INTERNAL,
  'a connection',
);
