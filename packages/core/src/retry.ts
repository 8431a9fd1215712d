/** When to try again, as lws has it: a table of delays, jitter, and how many failures stay concealed. */
import {
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolvedBy,
  resolveOptions,
} from '@lws-ts/interface';

/** A policy for attempts that fail. lws: lws_retry_bo_t */
export interface RetryPolicy {
  /**
   * Delays before the next attempt, in ms; the last one is used from then on. At least one, each an integer
   * from 1 to 86,400,000. lws: retry_ms_table
   */
  readonly tableMs: readonly number[];
  /**
   * How much is added to a delay at most, at random, in percent of it: 0 to 100. lws: jitter_percent
   *
   * @defaultValue 30
   */
  readonly jitterPercent?: number;
  /**
   * How many failures in a row are followed by another attempt without a word, 0 to 65535. lws: conceal_count
   *
   * @defaultValue the length of the table
   */
  readonly concealCount?: number;
}

/** Where a series of failures stands. A program that reconnects keeps one and resets it when it is established. */
export class Backoff {
  readonly #policy: Required<RetryPolicy>;
  #failures = 0;

  /** @throws `LWS_ERR_OPTION` for a policy out of range */
  constructor(policy: RetryPolicy) {
    this.#policy = readRetryPolicy(policy, 'retry');
  }

  /** Failures counted since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** The last failure is one to be concealed. */
  get concealed(): boolean {
    return this.#failures <= this.#policy.concealCount;
  }

  /** Counts a failure; gives the delay before the next attempt, in ms. lws: lws_retry_get_delay_ms */
  next(): number {
    const { tableMs, jitterPercent } = this.#policy;
    const ms = tableMs[Math.min(this.#failures, tableMs.length - 1)] as number;
    this.#failures++;
    return ms + Math.floor(Math.random() * ((ms * jitterPercent) / 100));
  }

  /** All is well again. */
  reset(): void {
    this.#failures = 0;
  }
}

const retryRules: OptionRules<RetryPolicy> = {
  tableMs: { kind: 'custom', fallback: undefined, check: (value) => value },
  jitterPercent: { kind: 'number', fallback: 30, min: 0, max: 100 },
  concealCount: { kind: 'integer', fallback: -1, min: 0, max: 65_535 },
};

/** Owned by core: the policy with its defaults. @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN` */
export function readRetryPolicy(value: unknown, name: string): Required<RetryPolicy> {
  const given = value as Readonly<Record<string, unknown>>;
  const read = resolvedBy<RetryPolicy>(retryRules, resolveOptions(retryRules, given, name));
  const { tableMs, jitterPercent = 30, concealCount = -1 } = read;
  if (!Array.isArray(tableMs) || tableMs.length === 0 || !tableMs.every(isDelay))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `tableMs of ${name} is not a list of integers from 1 to 86400000`,
    );
  return Object.freeze({
    tableMs: Object.freeze([...tableMs]),
    jitterPercent,
    concealCount: concealCount < 0 ? tableMs.length : concealCount,
  });
}

function isDelay(ms: unknown): boolean {
  return Number.isSafeInteger(ms) && (ms as number) >= 1 && (ms as number) <= 864e5;
}
