/** HTTP dates, RFC 9110 §5.6.7: written in the one form, read in all three. */

const DAYS = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const LONG_DAYS = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})';
const LONGEST = 'Wednesday, 01-Jan-70 00:00:00 GMT'.length;

const FORMS = [
  new RegExp(`^(?:${DAYS}), (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT$`),
  new RegExp(`^(?:${LONG_DAYS}), (?<day>[0-9]{2})-${MONTH}-(?<short>[0-9]{2}) ${TIME} GMT$`),
  new RegExp(`^(?:${DAYS}) ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})$`),
];

const FIRST_YEAR = Date.UTC(1, 0, 1);
const LAST_YEAR = Date.UTC(10000, 0, 1);

/** Whether a time in ms since 1970 has a year of four digits, and so a date: what a file system has may lie anywhere. */
export function hasDate(ms: number): boolean {
  return ms >= FIRST_YEAR && ms < LAST_YEAR;
}

/** The IMF-fixdate of a time in ms since 1970, or undefined when it has none. */
export function writeHttpDate(ms: number): string | undefined {
  return hasDate(ms) ? new Date(ms).toUTCString() : undefined;
}

/**
 * Reads an HTTP date: ms since 1970, or undefined when the text is none.
 *
 * @param now ms since 1970; a two-digit year more than 50 years after it is one of the past
 */
export function readHttpDate(text: string, now: number): number | undefined {
  if (text.length > LONGEST) return undefined;
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return readParts(parts, now);
  }
  return undefined;
}

function readParts(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const part = (name: string): number => Number(parts[name]);
  const month = MONTHS.indexOf(parts['month'] ?? '');
  const year = parts['year'] === undefined ? fullYear(part('short'), now) : part('year');
  const time = new Date(0);
  time.setUTCFullYear(year, month, part('day'));
  if (time.getUTCMonth() !== month || part('day') === 0) return undefined;
  if (part('hour') > 23 || part('minute') > 59 || part('second') > 60) return undefined;
  return time.getTime() + ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000;
}

function fullYear(short: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + short;
  return year > thisYear + 50 ? year - 100 : year;
}
