import { expect, test } from 'vitest';
import { dosTime } from '../../src/zip/dos-time.ts';

const dos = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  half: number,
) =>
  (((year - 1980) << 25) | (month << 21) | (day << 16) | (hour << 11) | (minute << 5) | half) >>> 0;

test.each<[string, number, number | undefined]>([
  ['the first', dos(1980, 1, 1, 0, 0, 0), Date.UTC(1980, 0, 1)],
  ['the last', dos(2107, 12, 31, 23, 59, 29), Date.UTC(2107, 11, 31, 23, 59, 58)],
  ['an hour that summer time leaves out', dos(2024, 3, 31, 2, 30, 0), Date.UTC(2024, 2, 31, 2, 30)],
  ['the leap day', dos(2024, 2, 29, 12, 0, 1), Date.UTC(2024, 1, 29, 12, 0, 2)],
  ['a leap day in another year', dos(2023, 2, 29, 12, 0, 0), undefined],
  ['the 31st of April', dos(2024, 4, 31, 0, 0, 0), undefined],
  ['nothing', 0, undefined],
  ['month 0', dos(2024, 0, 1, 0, 0, 0), undefined],
  ['month 13', dos(2024, 13, 1, 0, 0, 0), undefined],
  ['day 0', dos(2024, 1, 0, 0, 0, 0), undefined],
  ['hour 24', dos(2024, 1, 1, 24, 0, 0), undefined],
  ['minute 60', dos(2024, 1, 1, 0, 60, 0), undefined],
  ['second 60', dos(2024, 1, 1, 0, 0, 30), undefined],
])('%s', (_name, given, time) => {
  expect(dosTime(given)).toBe(time);
});
