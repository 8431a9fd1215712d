import { expect, test } from 'vitest';
import { knownName } from '../../src/framing/known-names.ts';

const nameOf = (text: string): string | undefined => {
  const bytes = Buffer.from(`..${text}..`, 'latin1');
  return knownName(bytes, 2, 2 + text.length);
};

test.each(['host', 'te', 'content-type', 'sec-fetch-dest', 'x-forwarded-for', 'set-cookie'])(
  '%s is known',
  (name) => {
    expect(nameOf(name)).toBe(name);
  },
);

test.each(['', 'h', 'hxst', 'content-tyxe', 'Host', 'x-other', 'content-types', 'sec-fetch-desT'])(
  '%j is not',
  (name) => {
    expect(nameOf(name)).toBeUndefined();
  },
);
