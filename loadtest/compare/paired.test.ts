import { Chance } from '../../services/main/demo/world';
import { inWords, pairedStatement, signTest } from './paired';

const pairsOf = (...ratios: number[]) => ratios.map((ratio) => ({ reference: 100, subject: 100 * ratio }));

test('the sign test is exact', () => {
  expect(signTest(6, 0)).toBeCloseTo(2 / 64, 12);
  expect(signTest(8, 1)).toBeCloseTo(20 / 512, 12);
  expect(signTest(5, 5)).toBe(1);
  expect(signTest(0, 0)).toBe(1);
});

test('the interval leaves out 1 exactly when the sign test sees a difference', () => {
  const chance = new Chance(3);
  for (let run = 0; run < 500; run++) {
    const rounds = 6 + chance.below(20);
    const shift = chance.next() * 0.1;
    const statement = pairedStatement(
      pairsOf(...Array.from({ length: rounds }, () => 1 + shift + (chance.next() - 0.5) * 0.2)),
    );
    const { low, high } = statement.interval!;
    expect(low > 1 || high < 1).toBe(statement.p <= 0.05);
    expect(statement.ratio).toBeGreaterThanOrEqual(low);
    expect(statement.ratio).toBeLessThanOrEqual(high);
  }
});

test('it holds the true ratio 95 times of 100, however skewed the noise', () => {
  const chance = new Chance(11);
  let held = 0;
  const runs = 2_000;
  for (let run = 0; run < runs; run++) {
    // Now and then a round is three times as slow: the median of this noise is exactly 1.
    const ratios = Array.from({ length: 9 }, () => {
      const noise = chance.next() - 0.5;
      return 1.1 * (noise < -0.4 ? 1 / 3 : 1 + noise * 0.05);
    });
    const { low, high } = pairedStatement(pairsOf(...ratios)).interval!;
    if (low <= 1.1 && high >= 1.1) held++;
  }
  expect(held / runs).toBeGreaterThan(0.94);
});

test('with too few rounds nothing is claimed, whatever they show', () => {
  const five = pairedStatement(pairsOf(2, 2, 2, 2, 2));
  expect(five.interval).toBeUndefined();
  expect(inWords(five, 'more')).toBe('2.000: of so few rounds (5) nothing is sure, take 6 or more');
  expect(pairedStatement(pairsOf(2, 2, 2, 2, 2, 2)).interval).toEqual({ low: 2, high: 2 });
});

test('words say which way is better', () => {
  const faster = pairedStatement(pairsOf(1.1, 1.12, 1.08, 1.11, 1.09, 1.1));
  expect(inWords(faster, 'more')).toBe('1.100 (1.080 to 1.120): better in 6 rounds, p = 0.031');
  expect(inWords(faster, 'less')).toMatch(/: worse in 6 rounds/);
  const same = pairedStatement(pairsOf(0.9, 1.12, 1.08, 1.11, 1.09, 1.1));
  expect(inWords(same, 'more')).toMatch(/: no difference shown in 6 rounds/);
});

test('a round without a number is left out, not taken for a ratio', () => {
  const pairs = [...pairsOf(1, 1), { reference: 0, subject: 5 }, { reference: NaN, subject: 5 }];
  expect(pairedStatement(pairs).pairs).toBe(2);
  expect(inWords(pairedStatement([]), 'more')).toMatch(/nothing to compare/);
});
