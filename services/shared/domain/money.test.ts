import fc from 'fast-check';
import { decimalToMicros, microsToDecimal, parseDecimal } from './money';

test.each([
  ['19.90', '19.9'],
  ['0', '0'],
  ['-0', '0'],
  ['-0.000', '0'],
  ['007', '7'],
  ['1.0000000', '1'],
  ['-2.5', '-2.5'],
  ['999999999999.999999', '999999999999.999999'],
  [1e-6, '0.000001'],
  [1e-9, '0'],
  [0.1 + 0.2, '0.3'],
  [1e11, '100000000000'],
  [-3, '-3'],
])('%p is %s', (value, text) => {
  expect(parseDecimal(value)).toEqual({ ok: true, text });
});

const NO_DECIMAL = 'is not a decimal number';
const TOO_LARGE = 'is too large';

test.each([
  ['', NO_DECIMAL],
  ['1.', NO_DECIMAL],
  ['.5', NO_DECIMAL],
  ['+1', NO_DECIMAL],
  ['1e3', NO_DECIMAL],
  ['NaN', NO_DECIMAL],
  [' 1', NO_DECIMAL],
  ['1,5', NO_DECIMAL],
  [NaN, NO_DECIMAL],
  ['1.0000001', 'has more than 6 decimals'],
  ['1000000000000', TOO_LARGE],
  [Infinity, TOO_LARGE],
  [1e12, TOO_LARGE],
  [-1e12, TOO_LARGE],
  [1e21, TOO_LARGE],
])('%p is refused: it %s', (value, message) => {
  expect(parseDecimal(value)).toEqual({ ok: false, message });
});

test.each([
  [99999999999.1, '99999999999.1'],
  [-999999999999.9, '-999999999999.9'],
  [8589964328.7, '8589964328.7'],
  [123456.654321, '123456.654321'],
  [0.1 + 0.2, '0.3'],
  [1e-7, '0'],
])('the number %d is kept as it was written', (value, text) => {
  expect(parseDecimal(value)).toEqual({ ok: true, text });
});

test('money becomes micros and back', () => {
  expect(decimalToMicros('2.50')).toBe(2_500_000);
  expect(decimalToMicros('0.000001')).toBe(1);
  expect(decimalToMicros('3')).toBe(3_000_000);
  expect(decimalToMicros('9007199254.740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(decimalToMicros('9007199254.740992')).toBeNull();
  expect(decimalToMicros('-1.5')).toBe(-1_500_000);
  expect(decimalToMicros('-0.5')).toBe(-500_000);
  expect(decimalToMicros('2.5000001')).toBeNull();
  expect(decimalToMicros('999999999999')).toBeNull();
  expect(microsToDecimal(2_500_000)).toBe('2.50');
  expect(microsToDecimal(1)).toBe('0.000001');
  expect(microsToDecimal(0)).toBe('0.00');
  expect(microsToDecimal(-500_000)).toBe('-0.50');
  expect(microsToDecimal(1_234_560_000)).toBe('1234.56');
  expect(() => microsToDecimal(0.5)).toThrow('not an amount in micros: 0.5');
});

test('no amount changes on the way', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }), (micros) => {
      expect(decimalToMicros(microsToDecimal(micros))).toBe(micros);
    }),
  );
});
