export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const DURATION_MAX_MS = 400 * DAY_MS;

/** `"<n>m|h|d"`, 1m to 400d, as milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9]\d{0,5})([mhd])$/.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * (UNITS[match[2] ?? ''] ?? NaN);
  return ms <= DURATION_MAX_MS ? ms : null;
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,18}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * RFC 3339 section 5.6 `date-time` as epoch milliseconds (finer fractions are cut off); null for anything
 * else, days that do not exist included. A leap second counts as the last millisecond of its minute.
 */
export function parseTimestamp(text: string): number | null {
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  const offsetHours = match[9] === undefined ? 0 : Number(match[9]);
  const offsetMinutes = match[10] === undefined ? 0 : Number(match[10]);
  if (day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return null;
  const leap = second === 60;
  const fraction = match[7];
  const ms = leap ? 999 : fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const local =
    utcOf(year, month, day) + hour * HOUR_MS + minute * MINUTE_MS + (leap ? 59 : second) * SECOND_MS + ms;
  const offset = offsetHours * HOUR_MS + offsetMinutes * MINUTE_MS;
  const utc = match[8] === '-' ? local + offset : local - offset;
  // Leap seconds are only ever inserted at the end of a UTC day.
  return leap && utc % DAY_MS !== DAY_MS - 1 ? null : utc;
}

/** Midnight of a day. Not Date.UTC, which takes years below 100 for 19xx. */
function utcOf(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** 0 for a month that does not exist. */
function daysOf(year: number, month: number): number {
  const leapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leapYear ? 29 : (DAYS[month - 1] ?? 0);
}
