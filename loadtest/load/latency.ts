import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

const MICROSECONDS_MAX = 10 * 60 * 1_000_000;

/** Milliseconds; NaN of nothing. */
export interface LatencySummary {
  count: number;
  meanMs: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

/** Latencies to three digits from 1 µs to 10 minutes, in an HDR histogram: what it takes does not grow with their number. */
export class Latency {
  readonly #histogram: Histogram;

  constructor(
    histogram: Histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: MICROSECONDS_MAX,
      numberOfSignificantValueDigits: 3,
      bitBucketSize: 32,
    }),
  ) {
    this.#histogram = histogram;
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(MICROSECONDS_MAX, Math.max(0, Math.round(ms * 1_000))));
  }

  add(other: Latency): void {
    this.#histogram.add(other.#histogram);
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  percentileMs(percent: number): number {
    return this.count === 0 ? NaN : this.#histogram.getValueAtPercentile(percent) / 1_000;
  }

  summary(): LatencySummary {
    return {
      count: this.count,
      meanMs: this.count === 0 ? NaN : this.#histogram.mean / 1_000,
      p50Ms: this.percentileMs(50),
      p90Ms: this.percentileMs(90),
      p99Ms: this.percentileMs(99),
      p999Ms: this.percentileMs(99.9),
      maxMs: this.percentileMs(100),
    };
  }

  /** HdrHistogram's own format (V2, compressed, base64), values in µs: any of its tools reads it. */
  encoded(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  static decode(text: string): Latency {
    return new Latency(decodeFromCompressedBase64(text, 32, false));
  }
}
