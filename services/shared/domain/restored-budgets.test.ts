import { restoredSpendKeys } from './restored-budgets';

test('restored spend has a counter of the day and one of all days', () => {
  expect(restoredSpendKeys('li-1', Date.UTC(2026, 0, 31, 23, 59))).toEqual({
    day: 'budget:li-1:2026-01-31:restored',
    total: 'budget:li-1:total:restored',
  });
});
