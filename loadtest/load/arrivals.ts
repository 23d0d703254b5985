import type { Chance } from '../../services/main/demo/world';

/**
 * When requests are due, in milliseconds from the start, until `seconds` are over: a Poisson process, as many
 * independent people make it. Half of the gaps are shorter than 0.7 of the mean, so that bursts are part of every rate.
 */
export function* arrivals({
  perSecond,
  seconds,
  chance,
}: {
  perSecond: number;
  seconds: number;
  chance: Chance;
}): Generator<number, void> {
  const meanGapMs = 1_000 / perSecond;
  let atMs = 0;
  for (;;) {
    atMs += -Math.log(1 - chance.next()) * meanGapMs;
    if (atMs >= seconds * 1_000) return;
    yield atMs;
  }
}
