import type { Chance } from '../../services/main/demo/world';

/** A value and how much of the whole it has; the shares add up to 1. */
export type Shares<T> = readonly (readonly [value: T, share: number])[];

export function draw<T>(chance: Chance, shares: Shares<T>): T {
  let rest = chance.next();
  for (const [value, share] of shares) {
    rest -= share;
    if (rest < 0) return value;
  }
  // Shares are decimal fractions: their sum may be a hair below 1.
  return shares[shares.length - 1]![0];
}
