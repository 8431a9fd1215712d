import { parseCommandLine, readNumber, UsageError } from '@lws-ts/cli';
import { describe, expect, test } from 'vitest';

const accepted = { port: { type: 'string', short: 'p' }, help: { type: 'boolean' } } as const;

describe('parseCommandLine', () => {
  test('gives values and what stands alone', () => {
    const { values, positionals } = parseCommandLine(['-p', '80', '--help', 'a'], accepted, true);
    expect({ ...values }).toEqual({ port: '80', help: true });
    expect(positionals).toEqual(['a']);
  });

  test.each([
    [['--nope'], '--nope'],
    [['-p'], '-p'],
    [['--help=1'], '--help'],
    [['a'], 'a'],
  ])('%j is a UsageError that names it', (args, named) => {
    const read = () => parseCommandLine(args, accepted, false);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(named);
  });
});

describe('readNumber', () => {
  test('takes digits in the range, and nothing for nothing', () => {
    expect(readNumber(undefined, '--n', 1, 9)).toBeUndefined();
    expect(['1', '9', '007'].map((text) => readNumber(text, '--n', 1, 9))).toEqual([1, 9, 7]);
    expect(readNumber('0', '--n', 0, 9)).toBe(0);
  });

  test.each(['0', '10', '', ' 1', '1.5', '-1', '+1', '0x1', '1e0', 'x', '99999999999'])(
    '%j is refused with the range',
    (text) => {
      const read = () => readNumber(text, '--n', 1, 9);
      expect(read).toThrow(UsageError);
      expect(read).toThrow(`--n is "${text}", not a number from 1 to 9`);
    },
  );
});
