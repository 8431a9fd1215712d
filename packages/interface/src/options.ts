/**
 * The options resolver: one table of `{ fallback, min, max }` per interface of options, resolved once
 * into a frozen record. Nothing is coerced; unknown names are refused with the nearest known one.
 */

import { interfaceErrors } from './errors.ts';
import { isRecord } from './is-record.ts';
import { LwsError } from './lws-error.ts';
import { showValue } from './show-value.ts';

/** How one option is read. */
export type OptionRule =
  | {
      readonly kind: 'integer';
      readonly fallback: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly kind: 'number';
      readonly fallback: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'boolean'; readonly fallback: boolean }
  | {
      readonly kind: 'string';
      readonly fallback: string | undefined;
      readonly pattern?: undefined;
    }
  | {
      readonly kind: 'string';
      readonly fallback: string | undefined;
      readonly pattern: RegExp;
      /** The pattern in words, for messages: `letters and digits`. */
      readonly wanted: string;
    }
  | { readonly kind: 'choice'; readonly fallback: string; readonly choices: readonly string[] }
  /** Read by its owner: `check` throws, or returns what is kept. */
  | {
      readonly kind: 'custom';
      readonly fallback: unknown;
      check(value: unknown, name: string): unknown;
    };

/** A rule for each member of `Options`, no more and no fewer. */
export type OptionRules<Options> = { readonly [K in keyof Required<Options>]: OptionRule };
/** Rules whose owner is not known here. */
export type AnyOptionRules = Readonly<Record<string, OptionRule>>;

/**
 * Reads the own members of `given` by `rules`: what a prototype carries is no option.
 *
 * @param of names the record in messages, for example `vhost "default"`
 * @throws `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_OPTION`
 */
export function resolveOptions(
  rules: AnyOptionRules,
  given: Readonly<Record<string, unknown>>,
  of: string,
): Readonly<Record<string, unknown>> {
  if (!isRecord(given))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${of} is ${showValue(given)}, not an object`,
    );
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name))
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION_UNKNOWN,
        `${name} of ${of}${didYouMean(name, Object.keys(rules))}`,
      );
  const resolved: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules))
    resolved[name] = readOption(
      rule,
      Object.hasOwn(given, name) ? given[name] : undefined,
      name,
      of,
    );
  return Object.freeze(resolved);
}

/**
 * What `rules` have read, as its owner knows it, alone or among what other rules have read. The one place where options
 * get their types back: a rule for each member of `Resolved` is what the compiler asks for.
 *
 * @param options of {@link resolveOptions}, or of a context, a vhost or a connect call
 */
export function resolvedBy<Resolved>(
  _rules: OptionRules<Resolved>,
  options: Readonly<Record<string, unknown>>,
): Resolved {
  return options as Resolved;
}

/** The end of a message about `name`, which is none of `known`. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** A name of so many letters stands for one that begins with it. */
const leastPrefix = 4;
/** What other servers call some options. */
const synonyms: Readonly<Record<string, string>> = {
  ca: 'sslCaFilepath',
  cert: 'sslCertFilepath',
  host: 'interface',
  hostname: 'interface',
  key: 'sslPrivateKeyFilepath',
  root: 'origin',
};

/** The name among `known` that `name` most likely stands for, or undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const synonym = Object.hasOwn(synonyms, name) ? synonyms[name] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const given = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const lower = candidate.toLowerCase();
    const begins = given.length >= leastPrefix && lower.startsWith(given);
    const distance = begins ? 2 : editDistance(given, lower);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function readOption(rule: OptionRule, value: unknown, name: string, of: string): unknown {
  if (rule.kind === 'custom') return value === undefined ? rule.fallback : rule.check(value, name);
  if (value === undefined) return rule.fallback;
  const allowed = refusal(rule, value);
  if (allowed !== undefined)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${name} of ${of} is ${showValue(value)}, not ${allowed}`,
    );
  return value;
}

/** What would be allowed, when `value` is not. */
function refusal(
  rule: Exclude<OptionRule, { kind: 'custom' }>,
  value: unknown,
): string | undefined {
  switch (rule.kind) {
    case 'integer':
      return Number.isSafeInteger(value) &&
        (value as number) >= rule.min &&
        (value as number) <= rule.max
        ? undefined
        : `an integer from ${rule.min} to ${rule.max}`;
    case 'number':
      return typeof value === 'number' && value >= rule.min && value <= rule.max
        ? undefined
        : `a number from ${rule.min} to ${rule.max}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'string':
      if (typeof value !== 'string') return 'a string';
      return rule.pattern === undefined || rule.pattern.test(value) ? undefined : rule.wanted;
    case 'choice':
      return typeof value === 'string' && rule.choices.includes(value)
        ? undefined
        : `one of ${rule.choices.join(', ')}`;
  }
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (next[j - 1] ?? 0) + 1,
        (row[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
