import { batchedHistogram } from '../shared/runtime/batched-histogram';
import { Counter, Gauge, LATENCY_BUCKETS_S, type Registry } from '../shared/runtime/metrics';
import { talliedCounter } from '../shared/runtime/tallied-counter';
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

/** Exchanges come from the catalog, all other labels from closed lists. */
export function createBidderMetrics(options: BidderMetricsOptions): BidderMetrics {
  const { registry } = options;
  const registers = [registry];
  const request = talliedCounter<string, RequestOutcome>({
    registry,
    name: 'muster_bid_requests_total',
    help: 'Bid requests by exchange and outcome: bid, or the reason for none.',
    labelNames: ['exchange', 'outcome'],
  });
  let bids = 0;
  new Counter({
    name: 'muster_bids_total',
    help: 'Bids made; a request with several impressions may have several.',
    registers,
    collect() {
      this.inc(bids);
      bids = 0;
    },
  });
  const notice = talliedCounter<NoticeKind, NoticeOutcome>({
    registry,
    name: 'muster_notices_total',
    help: 'Notices by kind and outcome.',
    labelNames: ['kind', 'outcome'],
  });
  let droppedBefore = 0;
  new Counter({
    name: 'muster_bidder_records_dropped_total',
    help: 'Records of bids lost because the buffer in front of the log was full, or one was too large for the log.',
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
  const answered = batchedHistogram({
    registry,
    name: 'muster_bid_seconds',
    help: 'From the first byte of a bid request to its answer.',
    buckets: LATENCY_BUCKETS_S,
  });
  const lookup = batchedHistogram({
    registry,
    name: 'muster_bidder_lookup_seconds',
    help: 'Both lookups of a bid request together.',
    buckets: [0.000005, 0.00001, 0.000025, 0.00005, ...LATENCY_BUCKETS_S],
  });
  const failures = new Counter({
    name: 'muster_bidder_lookup_failures_total',
    help: 'Bid requests whose lookup failed.',
    registers,
  });

  return {
    request,
    bids: (count) => {
      bids += count;
    },
    answered,
    lookup: (seconds, isFailed) => {
      lookup(seconds);
      if (isFailed) failures.inc();
    },
    notice,
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
