import { NOTICE_MAX_AGE_MS, restoredSpendKeys, SETTLED_CLAIM_MS } from './restored-budgets';
import { DAY_MS } from './time';

test('restored spend has a counter of the day and one of all days', () => {
  expect(restoredSpendKeys('li-1', Date.UTC(2026, 0, 31, 23, 59))).toEqual({
    day: 'budget:li-1:2026-01-31:restored',
    total: 'budget:li-1:total:restored',
  });
});

test('notices count for a week, and that they did is remembered for longer', () => {
  expect(NOTICE_MAX_AGE_MS).toBe(7 * DAY_MS);
  expect(SETTLED_CLAIM_MS).toBe(8 * DAY_MS);
});
