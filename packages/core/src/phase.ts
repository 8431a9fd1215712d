/**
 * The phases of a connection and the steps between them. Every change goes through {@link assertStep}.
 *
 * accepted → securing → open → closing → finishing → lingering → closed; each may be cut short, by us to
 * aborted, by the transport to closed. A client's begins with connecting, and comes back to it for each hop.
 */
import { type PhaseSteps, stepCheck } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** Where a connection is in its life. */
export type Phase =
  /** It exists; no role has it yet. */
  | 'accepted'
  /** A client without a transport: one is being opened, or waits for its next attempt. */
  | 'connecting'
  /** Its transport is being secured. */
  | 'securing'
  /** A role serves it. */
  | 'open'
  /** Its role says goodbye and waits for the peer's. */
  | 'closing'
  /** Output leaves, then FIN. */
  | 'finishing'
  /** FIN is sent; what arrives is discarded. */
  | 'lingering'
  /** Reset by us; the transport has the last word. */
  | 'aborted'
  | 'closed';

const steps: PhaseSteps<Phase> = {
  accepted: ['connecting', 'securing', 'open', 'aborted', 'closed'],
  connecting: ['open', 'aborted', 'closed'],
  securing: ['connecting', 'open', 'aborted', 'closed'],
  open: ['connecting', 'securing', 'closing', 'finishing', 'aborted', 'closed'],
  closing: ['finishing', 'aborted', 'closed'],
  finishing: ['lingering', 'aborted', 'closed'],
  lingering: ['aborted', 'closed'],
  aborted: ['closed'],
  closed: [],
};

/** Throws `LWS_ERR_INTERNAL` when the step is not in the table. */
export const assertStep: (from: Phase, to: Phase) => void = stepCheck(
  steps,
  coreErrors.LWS_ERR_INTERNAL,
  'a connection',
);
