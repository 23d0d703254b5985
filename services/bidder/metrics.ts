import { Counter, Gauge, Histogram, LATENCY_BUCKETS_S, type Registry } from '../shared/runtime/metrics';
import type { NoBidReason } from '../shared/domain/reasons';
import type { NoticeKind } from './notices/notice-token';

/** What became of a bid request: a bid, or why none. */
export type RequestOutcome = 'bid' | NoBidReason;
export type NoticeOutcome = 'accepted' | 'forged' | 'over_price' | 'invalid' | 'expired' | 'failed';

export interface BidderMetrics {
  request(exchange: string, outcome: RequestOutcome): void;
  bids(count: number): void;
  /** Seconds from the first byte to the answer. */
  answered(seconds: number): void;
  lookup(seconds: number, isFailed: boolean): void;
  notice(kind: NoticeKind, outcome: NoticeOutcome): void;
}

export interface BidderMetricsOptions {
  registry: Registry;
  bufferDepth: () => number;
  bufferDropped: () => number;
  openReservations: () => number;
  lineItems: () => number;
}

/**
 * Counts by hand on the hot path and hands over at each scrape: a labelled counter of prom-client costs about
 * a microsecond a time. Exchanges come from the catalog, all other labels from closed lists.
 */
export function createBidderMetrics(options: BidderMetricsOptions): BidderMetrics {
  const { registry } = options;
  const registers = [registry];
  const outcomes = new Tally<{ exchange: string; outcome: string }>();
  const notices = new Tally<{ kind: string; outcome: string }>();
  let bids = 0;

  new Counter({
    name: 'muster_bid_requests_total',
    help: 'Bid requests by exchange and outcome: bid, or the reason for none.',
    labelNames: ['exchange', 'outcome'],
    registers,
    collect() {
      outcomes.drain((labels, count) => this.inc(labels, count));
    },
  });
  new Counter({
    name: 'muster_bids_total',
    help: 'Bids made; a request with several impressions may have several.',
    registers,
    collect() {
      this.inc(bids);
      bids = 0;
    },
  });
  new Counter({
    name: 'muster_notices_total',
    help: 'Notices by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
    collect() {
      notices.drain((labels, count) => this.inc(labels, count));
    },
  });
  let droppedBefore = 0;
  new Counter({
    name: 'muster_bidder_records_dropped_total',
    help: 'Records of bids lost because the buffer in front of the log was full.',
    registers,
    collect() {
      this.inc(options.bufferDropped() - droppedBefore);
      droppedBefore = options.bufferDropped();
    },
  });
  gauge(registry, 'muster_bidder_buffer_records', 'Records that wait for the log.', options.bufferDepth);
  gauge(
    registry,
    'muster_bidder_open_reservations',
    'Bids whose budget is reserved.',
    options.openReservations,
  );
  gauge(registry, 'muster_bidder_line_items', 'Line items of the snapshot in force.', options.lineItems);
  const latency = new Histogram({
    name: 'muster_bid_seconds',
    help: 'From the first byte of a bid request to its answer.',
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const lookups = new Histogram({
    name: 'muster_bidder_lookup_seconds',
    help: 'Both lookups of a bid request together.',
    buckets: [0.000005, 0.00001, 0.000025, 0.00005, ...LATENCY_BUCKETS_S],
    registers,
  });
  const failures = new Counter({
    name: 'muster_bidder_lookup_failures_total',
    help: 'Bid requests whose lookup failed.',
    registers,
  });

  return {
    request: (exchange, outcome) => outcomes.add(exchange, outcome, { exchange, outcome }),
    bids: (count) => {
      bids += count;
    },
    answered: (seconds) => latency.observe(seconds),
    lookup: (seconds, isFailed) => {
      lookups.observe(seconds);
      if (isFailed) failures.inc();
    },
    notice: (kind, outcome) => notices.add(kind, outcome, { kind, outcome }),
  };
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

/** Counts of two labels since they were last drained. */
class Tally<L> {
  readonly #counts = new Map<string, Map<string, { labels: L; count: number }>>();

  add(a: string, b: string, labels: L): void {
    let inner = this.#counts.get(a);
    if (inner === undefined) {
      inner = new Map<string, { labels: L; count: number }>();
      this.#counts.set(a, inner);
    }
    const cell = inner.get(b);
    if (cell === undefined) inner.set(b, { labels, count: 1 });
    else cell.count += 1;
  }

  drain(each: (labels: L, count: number) => void): void {
    for (const inner of this.#counts.values()) {
      for (const cell of inner.values()) {
        each(cell.labels, cell.count);
        cell.count = 0;
      }
    }
  }
}
