interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * `maxQps` of each exchange as a token bucket that holds one second's worth. The limit is that of all workers
 * together: each enforces its share, as connections are spread evenly over them.
 */
export class RateLimit {
  readonly #workers: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(workers: number) {
    this.#workers = workers;
  }

  /** Takes a token; false where none is left. */
  take(exchangeId: string, maxQps: number, nowMs: number): boolean {
    const perSecond = maxQps / this.#workers;
    const capacity = Math.max(1, perSecond);
    let bucket = this.#buckets.get(exchangeId);
    if (bucket === undefined) {
      bucket = { tokens: capacity, filledAt: nowMs };
      this.#buckets.set(exchangeId, bucket);
    }
    const elapsedMs = Math.max(0, nowMs - bucket.filledAt);
    bucket.tokens = Math.min(capacity, bucket.tokens + (elapsedMs * perSecond) / 1000);
    bucket.filledAt = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
