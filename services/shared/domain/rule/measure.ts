import { microsOf } from './decimal';
import type { Test } from './leaf';

/** Whether a whole number passes all tests. */
export function countPasses(tests: readonly Test[], count: number): boolean {
  return tests.every((test) => passes(test, (operand) => Math.sign(count - Number(operand))));
}

/** Whether an exact sum, in micros, passes all tests. */
export function sumPasses(tests: readonly Test[], micros: bigint): boolean {
  return tests.every((test) =>
    passes(test, (operand) => {
      const { floor, exact } = microsOf(operand);
      if (micros === floor) return exact ? 0 : -1;
      return micros < floor ? -1 : 1;
    }),
  );
}

/** `order` is the sign of the measure less the operand. */
function passes(test: Test, order: (operand: number | string) => number): boolean {
  const against = (operand: number | string | boolean): number => {
    if (typeof operand === 'boolean') throw new Error('a measure has no truth value');
    return order(operand);
  };
  switch (test.op) {
    case 'in':
      return test.operands.some((operand) => against(operand) === 0);
    case 'eq':
      return against(test.operand) === 0;
    case 'ne':
      return against(test.operand) !== 0;
    case 'gt':
      return against(test.operand) > 0;
    case 'gte':
      return against(test.operand) >= 0;
    case 'lt':
      return against(test.operand) < 0;
    case 'lte':
      return against(test.operand) <= 0;
  }
}
