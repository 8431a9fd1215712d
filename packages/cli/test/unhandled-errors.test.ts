import { setLogLevel } from '@lws-ts/core';
import { logLevels } from '@lws-ts/interface';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UnhandledErrors } from '../src/unhandled-errors.ts';

let lines: string[];
let before: number;

beforeEach(() => {
  lines = [];
  before = setLogLevel(undefined);
  setLogLevel(logLevels.err, (level, line) => lines.push(`${level} ${line}`));
});
afterEach(() => void setLogLevel(before, null));

test('ten lines a second, the rest counted and told with the next', () => {
  let now = 5000;
  const errors = new UnhandledErrors(() => now);
  for (let at = 0; at < 25; at++) errors.take('rejection', `r${at}`);
  expect(lines).toEqual(Array.from({ length: 10 }, (_, at) => `err unhandled rejection: r${at}`));
  now += 999;
  errors.take('exception', 'late');
  expect(lines).toHaveLength(10);
  now += 1;
  errors.take('exception', 'next');
  errors.take('exception', 'last');
  expect(lines.slice(10)).toEqual([
    'err unhandled exception: next; 16 more before, not shown',
    'err unhandled exception: last',
  ]);
  expect(errors.count).toBe(28);
});

test.each([
  ['an error', Object.assign(new Error('x'), { stack: 'the stack' }), 'the stack'],
  ['an error without a stack', Object.assign(new Error('x'), { stack: undefined }), 'x'],
  ['nothing', undefined, 'undefined'],
  ['no prototype', Object.create(null), 'something that cannot be shown'],
])('%s', (_, thrown, shown) => {
  new UnhandledErrors().take('exception', thrown);
  expect(lines).toEqual([`err unhandled exception: ${shown}`]);
});
