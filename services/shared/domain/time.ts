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
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = [Number(match[9] ?? 0), Number(match[10] ?? 0)] as const;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60 || offset[0] > 23 || offset[1] > 59) return null;
  const leap = second === 60;
  const ms = leap ? 999 : Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const date = new Date(0);
  // Date.UTC takes years below 100 for 19xx.
  date.setUTCFullYear(year, month - 1, day);
  const local = date.setUTCHours(hour, minute, leap ? 59 : second, ms);
  const utc = local - (match[8] === '-' ? -1 : 1) * (offset[0] * HOUR_MS + offset[1] * MINUTE_MS);
  // Leap seconds are only ever inserted at the end of a UTC day.
  return leap && utc % DAY_MS !== DAY_MS - 1 ? null : utc;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
