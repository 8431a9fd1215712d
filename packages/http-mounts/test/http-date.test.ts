import { expect, test } from 'vitest';
import { readHttpDate, writeHttpDate } from '../src/http-date.ts';

const now = Date.UTC(2026, 10, 22);

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
  ['Wed Nov 16 08:49:37 1994', '1994-11-16T08:49:37Z'],
  ['Thursday, 01-Jan-76 00:00:00 GMT', '2076-01-01T00:00:00Z'],
  ['Thursday, 01-Jan-77 00:00:00 GMT', '1977-01-01T00:00:00Z'],
  ['Thu, 29 Feb 2024 23:59:59 GMT', '2024-02-29T23:59:59Z'],
  ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00Z'],
  ['Mon, 01 Jan 0099 00:00:00 GMT', '0099-01-01T00:00:00Z'],
])('%s', (text, iso) => {
  expect(readHttpDate(text, now)).toBe(Date.parse(iso));
});

test.each([
  '',
  '0',
  'now',
  '2026-11-22T00:00:00Z',
  '784111777',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 1994 08:49:37 +0000',
  'sun, 06 nov 1994 08:49:37 gmt',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 94 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 31 Nov 1994 08:49:37 GMT',
  'Thu, 29 Feb 2023 00:00:00 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
  'Sun, 06 Nov 1994 08:49:61 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ' Sun, 06 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT; length=12',
  'Sun, 06 Nov 1994 08:49:37 GMT'.repeat(500),
])('%j is no date', (text) => {
  expect(readHttpDate(text, now)).toBeUndefined();
});

test('what is written is read', () => {
  for (const ms of [0, now, Date.UTC(1, 0, 1), Date.UTC(9999, 11, 31, 23, 59, 59)])
    expect(readHttpDate(writeHttpDate(ms) ?? '', now)).toBe(ms);
  for (const ms of [Date.UTC(10000, 0, 1), -1e15, Number.NaN])
    expect(writeHttpDate(ms)).toBeUndefined();
});
