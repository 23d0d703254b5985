const DELAYS_MS = [0, 100, 250, 500, 1_000, 2_000];
/** Who lived this long has started well: its next death counts as a first one. */
const SHORT_LIFE_MS = 5_000;

/**
 * How long to wait before a dead process is started again: not at all the first time, then longer for each
 * further short life, at most 2 s. Bounded, so that what ails it may be mended meanwhile.
 */
export class RestartDelay {
  #shortLives = 0;

  /** `livedMs`: how long the process has lived. */
  next(livedMs: number): number {
    if (livedMs >= SHORT_LIFE_MS) this.#shortLives = 0;
    const delay = DELAYS_MS[Math.min(this.#shortLives, DELAYS_MS.length - 1)] ?? 0;
    this.#shortLives += 1;
    return delay;
  }
}
