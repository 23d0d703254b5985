/** What pairs of measurements, each pair made one right after the other, say about their ratio. */
export interface PairedStatement {
  /** Pairs that could be used: a ratio needs two positive numbers. */
  pairs: number;
  /** Median of the ratios, subject / reference; NaN of no pair. */
  ratio: number;
  /** Holds the true median ratio with at least `CONFIDENCE`; undefined where so few pairs cannot say that. */
  interval?: { low: number; high: number };
  /** Of the two-sided sign test against "no difference". */
  p: number;
}

const CONFIDENCE = 0.95;

/**
 * The interval lies between two of the ratios themselves, found by the sign test: it asks nothing of how noise is
 * distributed, which on a shared machine is not normal, only that one pair does not depend on the next. It leaves out 1
 * exactly when the test says p < 0.05, and needs six pairs at least.
 */
export function pairedStatement(pairs: readonly { reference: number; subject: number }[]): PairedStatement {
  const ratios = pairs
    .filter(({ reference, subject }) => reference > 0 && subject > 0)
    .map(({ reference, subject }) => subject / reference)
    .sort((a, b) => a - b);
  const n = ratios.length;
  const middle = n >> 1;
  const ratio =
    n === 0 ? NaN : n % 2 === 1 ? ratios[middle]! : Math.sqrt(ratios[middle - 1]! * ratios[middle]!);
  const above = ratios.filter((value) => value > 1).length;
  const below = ratios.filter((value) => value < 1).length;
  const p = signTest(above, below);

  // As many may lie outside on each side as the test still calls too few.
  let outside = 0;
  while (2 * binomialUpTo(outside, n) <= 1 - CONFIDENCE) outside++;
  const interval = outside === 0 ? undefined : { low: ratios[outside - 1]!, high: ratios[n - outside]! };
  return { pairs: n, ratio, interval, p };
}

/** Two-sided, exact; ties are left out, as usual. */
export function signTest(above: number, below: number): number {
  return Math.min(1, 2 * binomialUpTo(Math.min(above, below), above + below));
}

/** P(X ≤ k) of n fair coins. */
function binomialUpTo(k: number, n: number): number {
  let term = 0.5 ** n;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

/** In words, e.g. "1.042 (0.99 to 1.06): no difference shown in 9 rounds, p = 0.18". */
export function inWords({ pairs, ratio, interval, p }: PairedStatement, better: 'more' | 'less'): string {
  if (pairs === 0) return 'nothing to compare: a value was 0 or missing in every round';
  const head = ratio.toFixed(3);
  if (interval === undefined) return `${head}: of so few rounds (${pairs}) nothing is sure, take 6 or more`;
  const range = `${head} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
  const test = `in ${pairs} rounds, p = ${p.toFixed(3)}`;
  if (interval.low <= 1 && interval.high >= 1) return `${range}: no difference shown ${test}`;
  const isMore = interval.low > 1;
  return `${range}: ${isMore === (better === 'more') ? 'better' : 'worse'} ${test}`;
}
