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
    ['1.5E+2', 150_000_000n, true],
    ['-1e-6', -1n, true],
    ['007.10', 7_100_000n, true],
    ['0.0000015', 1n, false],
  ])('%s', (operand, floor, exact) => {
    expect(microsOf(operand)).toEqual({ floor, exact });
  });

  it.each(['', 'x', '1x', 'x1', '1.', '.5', '1e3', '1e+', '--1', '1.5.5', ' 1', NaN, Infinity])(
    'refuses %j, which no checked rule has',
    (operand) => {
      expect(() => microsOf(operand)).toThrow(`not a decimal: ${operand}`);
    },
  );

  it.each<[bigint, string]>([
    [0n, '0'],
    [1n, '0.000001'],
    [-1n, '-0.000001'],
    [999_999n, '0.999999'],
    [1_000_000n, '1'],
    [-2_500_000n, '-2.5'],
    [10n ** 19n, '10000000000000'],
  ])('%d micros are written %s', (micros, text) => {
    expect(microsText(micros)).toBe(text);
  });

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (micros) => {
        expect(microsOf(microsText(micros))).toEqual({ floor: micros, exact: true });
      }),
    );
  });
});
