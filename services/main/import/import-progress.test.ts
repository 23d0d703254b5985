import { progressText } from './import-progress';

const tally = { bytes: 12 * 2 ** 20, lines: 405_003, accepted: 405_000, rejected: 3 };

test('of a file: how much of it, how fast, what came of it, how long still', () => {
  expect(progressText(tally, { totalBytes: 40 * 2 ** 20, seconds: 5 })).toBe(
    '12.0 of 40.0 MiB · 81,001 lines/s · 405,000 accepted · 3 rejected · 12 s left',
  );
});

test('of a stream nobody knows the end', () => {
  expect(progressText(tally, { seconds: 5 })).toBe(
    '12.0 MiB · 81,001 lines/s · 405,000 accepted · 3 rejected',
  );
});

test.each([
  [2 ** 20, 10, '390 s'],
  [40 * 2 ** 10, 60, '17 h'],
  [40 * 2 ** 20, 60, undefined],
  [0, 60, undefined],
])('%d bytes in %d s leave %s', (bytes, seconds, left) => {
  const text = progressText({ ...tally, bytes }, { totalBytes: 40 * 2 ** 20, seconds });
  if (left === undefined) expect(text).not.toContain('left');
  else expect(text).toContain(' left');
});
