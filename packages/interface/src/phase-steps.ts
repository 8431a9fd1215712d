/** The phases of a machine and the steps between them: every other step is a fault of ours, and is said by name. */
import type { CodedError } from './coded-error.ts';
import { LwsError } from './lws-error.ts';

/** For each phase those that may follow. */
export type PhaseSteps<Phase extends string> = Readonly<Record<Phase, readonly Phase[]>>;

/**
 * A check of each step of `what`, which throws `error` when the step is not among `steps`.
 *
 * @param what stands at the beginning of the detail: `a connection`
 */
export function stepCheck<Phase extends string>(
  steps: PhaseSteps<Phase>,
  error: CodedError,
  what: string,
): (from: Phase, to: Phase) => void {
  return (from, to) => {
    if (!steps[from].includes(to)) throw illegal(error, what, from, to);
  };
}

/** As {@link stepCheck}, of phases that are kept as numbers: each is its place in `steps`, of 32 at most. */
export function numberedStepCheck<Phase extends string>(
  steps: PhaseSteps<Phase>,
  error: CodedError,
  what: string,
): (from: number, to: number) => void {
  const names = Object.keys(steps);
  // a bit for each that may follow
  const follow = Object.values<readonly Phase[]>(steps).map((phases) =>
    phases.reduce((all, phase) => all | (1 << names.indexOf(phase)), 0),
  );
  return (from, to) => {
    if ((((follow[from] as number) >> to) & 1) === 0)
      throw illegal(error, what, names[from], names[to]);
  };
}

function illegal(
  error: CodedError,
  what: string,
  from: string | undefined,
  to: string | undefined,
): LwsError {
  return new LwsError(error, `${what} went from ${from} to ${to}`);
}
