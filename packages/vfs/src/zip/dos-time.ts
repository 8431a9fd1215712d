/**
 * The time of modification of an entry, ms since 1970: date and time of MS-DOS, to two seconds, read as UTC.
 * Undefined when there is no such day or hour, as in archives that keep no time.
 */
export function dosTime(dos: number): number | undefined {
  const year = 1980 + (dos >>> 25);
  const month = ((dos >>> 21) & 15) - 1;
  const day = (dos >>> 16) & 31;
  const hour = (dos >>> 11) & 31;
  const minute = (dos >>> 5) & 63;
  const second = (dos & 31) * 2;
  if (month < 0 || month > 11 || day === 0 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const time = Date.UTC(year, month, day, hour, minute, second);
  return day <= 28 || new Date(time).getUTCDate() === day ? time : undefined;
}
