import { RestartDelay } from './restart-delay';

test('the first restart is at once, further ones wait longer, within a bound', () => {
  const delay = new RestartDelay();
  const delays = Array.from({ length: 8 }, () => delay.next(10));
  expect(delays).toEqual([0, 100, 250, 500, 1_000, 2_000, 2_000, 2_000]);
});

test('a life that was long enough starts over', () => {
  const delay = new RestartDelay();
  delay.next(10);
  delay.next(10);
  expect(delay.next(60_000)).toBe(0);
  expect(delay.next(10)).toBe(100);
});
