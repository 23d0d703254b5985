import { endOfUtcDay, utcDay } from './utc-day';

test.each([
  ['1970-01-01T00:00:00.000Z', '1970-01-01', '1970-01-02'],
  ['2026-01-31T00:00:00.000Z', '2026-01-31', '2026-02-01'],
  ['2026-01-31T23:59:59.999Z', '2026-01-31', '2026-02-01'],
  ['2028-02-28T12:00:00.000Z', '2028-02-28', '2028-02-29'],
])('%s is in %s, which ends with the midnight of %s', (at, day, next) => {
  expect(utcDay(Date.parse(at))).toBe(day);
  expect(endOfUtcDay(Date.parse(at))).toBe(Date.parse(next));
});
