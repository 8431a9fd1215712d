import { describe, expect, test } from 'vitest';
import { readExtensionList, writeExtensionList } from '../src/extension-list.ts';

describe('readExtensionList', () => {
  test.each([
    ['a', [{ name: 'a', params: [] }]],
    [
      ' a\t, b ',
      [
        { name: 'a', params: [] },
        { name: 'b', params: [] },
      ],
    ],
    [
      'a; b; c=1',
      [
        {
          name: 'a',
          params: [
            ['b', undefined],
            ['c', '1'],
          ],
        },
      ],
    ],
    ['a ;b = "1"', [{ name: 'a', params: [['b', '1']] }]],
    ['a; b="1\\5"', [{ name: 'a', params: [['b', '15']] }]],
    [
      'a; b=1; b=2, a',
      [
        {
          name: 'a',
          params: [
            ['b', '1'],
            ['b', '2'],
          ],
        },
        { name: 'a', params: [] },
      ],
    ],
    ['constructor; __proto__=x', [{ name: 'constructor', params: [['__proto__', 'x']] }]],
  ])('%s', (text, elements) => {
    expect(readExtensionList(text)).toEqual(elements);
  });

  test.each([
    '',
    ',',
    'a,',
    ',a',
    'a;',
    'a; ',
    'a;;b',
    'a; b=',
    'a; =b',
    'a; b="',
    'a; b="1',
    'a; b=""',
    'a; b="1 2"',
    'a; b="1"2',
    'a; b="\\',
    'a b',
    'a; b c',
    'a, , b',
    '"a"',
    'a; "b"',
    'a; b=é',
    'ü',
  ])('refuses %j', (text) => {
    expect(readExtensionList(text)).toBeUndefined();
  });

  test('reads sixteen elements of a thousand', () => {
    const list = readExtensionList(Array.from({ length: 1000 }, (_, at) => `e${at}`).join());
    expect(list?.map(({ name }) => name)).toEqual(Array.from({ length: 16 }, (_, at) => `e${at}`));
  });

  test('takes time by length alone', () => {
    const texts = [
      ' '.repeat(16_000),
      'a;'.repeat(8000),
      '"\\'.repeat(8000),
      `a${'; b="'.repeat(3000)}`,
    ];
    const began = process.cpuUsage();
    for (const text of texts) readExtensionList(text);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(50);
  });
});

test('writeExtensionList writes what it reads', () => {
  const text = 'a; b; c=1, d';
  expect(writeExtensionList(readExtensionList(text) ?? [])).toBe(text);
});
