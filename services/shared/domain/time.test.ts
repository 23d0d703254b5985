import { DAY_MS, parseDuration, parseTimestamp } from './time';

test.each([
  ['1m', 60_000],
  ['90m', 5_400_000],
  ['24h', DAY_MS],
  ['30d', 30 * DAY_MS],
  ['400d', 400 * DAY_MS],
  ['9600h', 400 * DAY_MS],
  ['576000m', 400 * DAY_MS],
])('a duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '0m',
  '0d',
  '401d',
  '9601h',
  '1',
  'd',
  '1s',
  '1.5h',
  '-1d',
  '+1d',
  '01d',
  ' 1d',
  '1d ',
  '1D',
  '1d\n',
  '9999999m',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test.each([
  ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01t12:00:00z', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T12:00:00.5Z', '2026-03-01T12:00:00.500Z'],
  ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123Z'],
  ['2026-03-01T12:00:00+05:30', '2026-03-01T06:30:00.000Z'],
  ['2026-03-01T12:00:00-00:00', '2026-03-01T12:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['1990-12-31T15:59:60-08:00', '1990-12-31T23:59:59.999Z'],
  ['0050-01-01T00:00:00Z', '0050-01-01T00:00:00.000Z'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(new Date(parseTimestamp(text) ?? NaN).toISOString()).toBe(iso);
});

test.each([
  '',
  '2026-03-01',
  '2026-03-01T12:00:00',
  '2026-03-01 12:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:61Z',
  '2026-01-01T12:00:60Z',
  '2026-01-01T00:00:00.Z',
  '2026-01-01T00:00:00+24:00',
  '2026-01-01T00:00:00+0100',
  '1767225600000',
  '2026-01-01T00:00:00Z\n',
])('%j is no timestamp', (text) => {
  expect(parseTimestamp(text)).toBeNull();
});

test('every day of eight centuries is read as Date reads it', () => {
  for (let at = Date.UTC(1599, 0, 1); at < Date.UTC(2400, 0, 1); at += DAY_MS) {
    const text = new Date(at).toISOString();
    if (parseTimestamp(text) !== at) throw new Error(text);
  }
});
