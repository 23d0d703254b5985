import fc from 'fast-check';
import type { Test } from './leaf';
import { countPasses, sumPasses } from './measure';

const OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const;

/** Which operators hold of a measure below, at and above the operand. */
const BELOW = ['ne', 'lt', 'lte'];
const AT = ['eq', 'gte', 'lte'];
const ABOVE = ['ne', 'gt', 'gte'];

const passing = (operand: number | string, passes: (tests: Test[]) => boolean): string[] =>
  OPERATORS.filter((op) => passes([{ op, operand }]));

describe('countPasses', () => {
  test.each([
    [2, 3, BELOW],
    [3, 3, AT],
    [4, 3, ABOVE],
    [0, 1, BELOW],
    [0, 0, AT],
    [0, -1, ABOVE],
  ])('%d against %d', (count, operand, expected) => {
    expect(passing(operand, (tests) => countPasses(tests, count))).toEqual(expected);
  });

  test('one of a list is enough', () => {
    const tests: Test[] = [{ op: 'in', operands: [1, 3] }];
    expect([0, 1, 2, 3].map((count) => countPasses(tests, count))).toEqual([false, true, false, true]);
  });

  test('all tests hold together', () => {
    const tests: Test[] = [
      { op: 'gte', operand: 2 },
      { op: 'lt', operand: 4 },
    ];
    expect([1, 2, 3, 4].map((count) => countPasses(tests, count))).toEqual([false, true, true, false]);
    expect(countPasses([], 0)).toBe(true);
  });
});

describe('sumPasses', () => {
  test.each([
    [2_499_999n, 2.5, BELOW],
    [2_500_000n, 2.5, AT],
    [2_500_001n, '2.50', ABOVE],
    [-2_500_001n, '-2.5', BELOW],
    [-2_500_000n, -2.5, AT],
    [-2_499_999n, -2.5, ABOVE],
    // Between two micros: no sum is equal.
    [300_000n, 0.30000000000000004, BELOW],
    [300_001n, 0.30000000000000004, ABOVE],
    [-300_001n, -0.30000000000000004, BELOW],
    [-300_000n, -0.30000000000000004, ABOVE],
  ])('%d micros against %s', (micros, operand, expected) => {
    expect(passing(operand, (tests) => sumPasses(tests, micros))).toEqual(expected);
  });

  test('all tests hold together, and one of a list is enough', () => {
    const tests: Test[] = [
      { op: 'in', operands: ['0.5', 1] },
      { op: 'gt', operand: 0.5 },
    ];
    expect(sumPasses(tests, 500_000n)).toBe(false);
    expect(sumPasses(tests, 1_000_000n)).toBe(true);
    expect(sumPasses(tests, 2_000_000n)).toBe(false);
  });

  test('whole sums are compared as counts are', () => {
    const whole = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...OPERATORS), whole, whole, (op, operand, sum) => {
        const tests: Test[] = [{ op, operand }];
        expect(sumPasses(tests, BigInt(sum) * 1_000_000n)).toBe(countPasses(tests, sum));
      }),
    );
  });
});

test('a truth value is no measure: such a rule was not checked', () => {
  expect(() => countPasses([{ op: 'eq', operand: true }], 1)).toThrow('a measure has no truth value');
  expect(() => sumPasses([{ op: 'in', operands: [false] }], 0n)).toThrow('a measure has no truth value');
});
