/**
 * The phases of an open WebSocket connection and the steps between them. RFC 6455 §7.
 *
 * open → closing → ending → gone; each may be cut short to ending or gone.
 */
import { coreErrors } from '@lws-ts/core';
import { type PhaseSteps, stepCheck } from '@lws-ts/interface';

export type ConnectionPhase =
  /** Messages go both ways. */
  | 'open'
  /** Our close frame is out, the peer's is awaited; data is discarded. */
  | 'closing'
  /** Nothing is read any more; output leaves, then FIN. */
  | 'ending'
  | 'gone';

const steps: PhaseSteps<ConnectionPhase> = {
  open: ['closing', 'ending', 'gone'],
  closing: ['ending', 'gone'],
  ending: ['gone'],
  gone: [],
};

/** Throws `LWS_ERR_INTERNAL` when the step is not in the table. */
export const assertPhaseStep: (from: ConnectionPhase, to: ConnectionPhase) => void = stepCheck(
  steps,
  coreErrors.LWS_ERR_INTERNAL,
  'a WebSocket',
);
