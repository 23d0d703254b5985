import { median } from '../load/closed-loop';

export interface GrowthBounds {
  /** So many times what it was may it become … */
  factorMax: number;
  /** … and so much more besides, in its own unit: what is small may double. */
  slack: number;
}

export interface Growth {
  /** Medians of the second and of the last third of the samples. */
  before: number;
  after: number;
  isUnbounded: boolean;
}

/**
 * Whether something still grows when it should long have settled. The first third is warming up and does not count; medians,
 * because one garbage collection or one batch more is no trend. Undefined of fewer than nine samples, which say nothing.
 */
export function growth(samples: readonly number[], { factorMax, slack }: GrowthBounds): Growth | undefined {
  const third = Math.floor(samples.length / 3);
  if (third < 3) return undefined;
  const before = median(samples.slice(third, 2 * third));
  const after = median(samples.slice(2 * third));
  return { before, after, isUnbounded: after > before * factorMax + slack };
}
