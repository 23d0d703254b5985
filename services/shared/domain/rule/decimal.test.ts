import fc from 'fast-check';
import { microsOf, microsText } from './decimal';

describe('microsOf', () => {
  it.each<[number | string, bigint, boolean]>([
    [0, 0n, true],
    [-0, 0n, true],
    [0.1, 100_000n, true],
    [-2.5, -2_500_000n, true],
    ['12.340000', 12_340_000n, true],
    [1e-7, 0n, false],
    [-1e-7, -1n, false],
    [0.30000000000000004, 300_000n, false],
    [1e21, 10n ** 27n, true],
    [1.5e300, 15n * 10n ** 305n, true],
    [5e-324, 0n, false],
  ])('%s', (operand, floor, exact) => {
    expect(microsOf(operand)).toEqual({ floor, exact });
  });

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (micros) => {
        expect(microsOf(microsText(micros))).toEqual({ floor: micros, exact: true });
      }),
    );
  });
});
