/**
 * The phases of a connection and the steps between them. Every change goes through {@link assertStep}.
 *
 * accepted → securing → open → closing → finishing → lingering → closed; each may be cut short, by us to
 * aborted, by the transport to closed.
 */
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** Where a connection is in its life. */
export type Phase =
  /** It exists; no role has it yet. */
  | 'accepted'
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

const steps: Readonly<Record<Phase, readonly Phase[]>> = {
  accepted: ['securing', 'open', 'aborted', 'closed'],
  securing: ['open', 'aborted', 'closed'],
  open: ['closing', 'finishing', 'aborted', 'closed'],
  closing: ['finishing', 'aborted', 'closed'],
  finishing: ['lingering', 'aborted', 'closed'],
  lingering: ['aborted', 'closed'],
  aborted: ['closed'],
  closed: [],
};

/** @throws `LWS_ERR_INTERNAL` when the step is not in the table */
export function assertStep(from: Phase, to: Phase): void {
  if (!steps[from].includes(to))
    throw new LwsError(coreErrors.LWS_ERR_INTERNAL, `a connection went from ${from} to ${to}`);
}
