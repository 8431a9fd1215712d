import {
  type LwsError,
  nearestName,
  type OptionRules,
  resolvedBy,
  resolveOptions,
} from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';

interface PondOptions {
  readonly maxFish?: number;
  readonly tempC?: number;
  readonly heated?: boolean;
  readonly label?: string;
  readonly shape?: string;
  readonly owner?: unknown;
}

const rules: OptionRules<PondOptions> = {
  maxFish: { kind: 'integer', fallback: 8, min: 1, max: 1024 },
  tempC: { kind: 'number', fallback: 12.5, min: -2, max: 40 },
  heated: { kind: 'boolean', fallback: false },
  label: { kind: 'string', fallback: undefined, pattern: /^[a-z]+$/, wanted: 'small letters' },
  shape: { kind: 'choice', fallback: 'round', choices: ['round', 'square'] },
  owner: { kind: 'custom', fallback: 'nobody', check: (value, name) => `${name}=${String(value)}` },
};

const refused = (given: unknown): LwsError => {
  try {
    resolveOptions(rules, given as Record<string, unknown>, 'pond "one"');
  } catch (error) {
    return error as LwsError;
  }
  throw new Error('was accepted');
};

describe('resolveOptions', () => {
  test('fills in every fallback and freezes the record', () => {
    const resolved = resolveOptions(rules, {}, 'pond');
    expect(resolved).toEqual({
      maxFish: 8,
      tempC: 12.5,
      heated: false,
      label: undefined,
      shape: 'round',
      owner: 'nobody',
    });
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  test('takes undefined for absent', () => {
    expect(resolveOptions(rules, { maxFish: undefined, owner: undefined }, 'pond')).toMatchObject({
      maxFish: 8,
      owner: 'nobody',
    });
  });

  test.each<[keyof PondOptions, unknown, unknown]>([
    ['maxFish', 1, 1],
    ['maxFish', 1024, 1024],
    ['tempC', -2, -2],
    ['tempC', 39.9, 39.9],
    ['heated', true, true],
    ['label', 'koi', 'koi'],
    ['shape', 'square', 'square'],
    ['owner', 7, 'owner=7'],
  ])('%s: %j is taken as it is', (name, value, kept) => {
    expect(resolveOptions(rules, { [name]: value }, 'pond')[name]).toBe(kept);
  });

  test.each<[keyof PondOptions, unknown, string]>([
    ['maxFish', 0, 'is 0, not an integer from 1 to 1024'],
    ['maxFish', 1025, 'is 1025, not an integer from 1 to 1024'],
    ['maxFish', 1.5, 'is 1.5, not an integer'],
    ['maxFish', 2 ** 53, 'is 9007199254740992, not an integer'],
    ['maxFish', '8', 'is "8", not an integer'],
    ['maxFish', 8n, 'is 8, not an integer'],
    ['maxFish', null, 'is null, not an integer'],
    ['maxFish', true, 'is true, not an integer'],
    ['tempC', Number.NaN, 'is NaN, not a number from -2 to 40'],
    ['tempC', Number.POSITIVE_INFINITY, 'is Infinity, not a number'],
    ['tempC', '12', 'is "12", not a number'],
    ['heated', 1, 'is 1, not true or false'],
    ['heated', 'false', 'is "false", not true or false'],
    ['label', '', 'is "", not small letters'],
    ['label', 5, 'is 5, not a string'],
    ['shape', 'Round', 'is "Round", not one of round, square'],
    ['shape', ['round'], 'is an array, not one of'],
    ['shape', Object.create(null), 'is an object, not one of'],
    ['shape', () => 'round', 'is a function, not one of'],
    ['shape', 'x'.repeat(99), `is "${'x'.repeat(60)}..., not one of`],
  ])('%s: %o is refused, never coerced', (name, value, says) => {
    const error = refused({ [name]: value });
    expect(error.code).toBe('LWS_ERR_OPTION');
    expect(error.message).toContain(`${name} of pond "one" ${says}`);
  });

  test.each<[string, string]>([
    ['maxfish', 'maxfish of pond "one"; did you mean maxFish?'],
    ['heatd', 'heatd of pond "one"; did you mean heated?'],
    ['zzzzzzzzzzz', 'zzzzzzzzzzz of pond "one"'],
    ['toString', 'toString of pond "one"'],
  ])('%s is unknown', (name, says) => {
    const error = refused({ [name]: 1 });
    expect(error.code).toBe('LWS_ERR_OPTION_UNKNOWN');
    expect(error.message).toBe(`unknown option: ${says}`);
  });

  test.each([null, undefined, 'maxFish', 7, ['maxFish'], new Map([['maxFish', 3]])])(
    '%o is no record of options',
    (given) => {
      expect(refused(given).code).toBe('LWS_ERR_OPTION');
    },
  );

  test('does not read what a prototype carries', () => {
    const given = Object.create({ maxFish: 3 }) as Record<string, unknown>;
    expect(resolveOptions(rules, given, 'pond')['maxFish']).toBe(8);
  });

  test('does not take __proto__ for an option', () => {
    expect(refused(JSON.parse('{"__proto__": {"maxFish": 3}}')).code).toBe(
      'LWS_ERR_OPTION_UNKNOWN',
    );
  });

  test('lets a custom rule refuse in its own words', () => {
    const check = (): never => {
      throw new Error('not this owner');
    };
    const picky = { owner: { kind: 'custom', fallback: undefined, check } } as const;
    expect(() => resolveOptions(picky, { owner: 1 }, 'pond')).toThrow('not this owner');
  });
});

test.each<[string, string | undefined]>([
  ['mounts', 'mounts'],
  ['mount', 'mounts'],
  ['Mounts', 'mounts'],
  ['protocl', 'protocols'],
  ['protcols', 'protocols'],
  ['prot', 'port'],
  ['interfaceName', 'interface'],
  ['qqqq', undefined],
  // its beginning, however much is missing
  ['head', 'headers'],
  ['dead', 'deadlineSecs'],
  ['dea', undefined],
  // what other servers call it
  ['host', 'interface'],
  ['cert', 'sslCertFilepath'],
])('nearest to %s is %s', (name, nearest) => {
  const known = ['port', 'mounts', 'protocols', 'headers', 'deadlineSecs', 'interface'];
  expect(nearestName(name, [...known, 'sslCertFilepath'])).toBe(nearest);
});

test('resolvedBy gives what rules have read, typed, among what others have read', () => {
  interface Pond {
    readonly maxFish: number;
  }
  const maxFish: OptionRules<Pond> = { maxFish: rules.maxFish };
  const all = { ...resolveOptions(rules, { maxFish: 3 }, 'pond'), more: 1 };
  const pond: Pond = resolvedBy<Pond>(maxFish, all);
  expect(pond).toBe(all);
  expect(pond.maxFish).toBe(3);
  // @ts-expect-error a member without a rule
  resolvedBy<Pond & { readonly depth: number }>(maxFish, all);
});
