import { Counter, Gauge, Histogram, LATENCY_BUCKETS_S, type Registry } from '../shared/runtime/metrics';
import { talliedCounter } from '../shared/runtime/tallied-counter';
import type { RejectReason } from '../shared/domain/reasons';

export const ENDPOINTS = [
  'pixel',
  'sync',
  'sync_start',
  'sync_frame',
  'tag',
  'privacy',
  'optout',
  'optin',
  'events',
  'records',
  'other',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** What became of a record at the edge; everything but `accepted` was not kept. */
export type RecordOutcome =
  | 'accepted'
  | RejectReason
  /** The browser opted out: nothing about it is kept. */
  | 'opted_out'
  /** No cookie, and none may be written. */
  | 'no_identity'
  /** The queue in front of the log was full. */
  | 'overflow'
  /** The log did not take it. */
  | 'append_failed';

export interface CollectorMetrics {
  count(endpoint: Endpoint, outcome: RecordOutcome, records?: number): void;
  /** A field of a browser's call that could not be used; the record was kept without it. */
  fieldIgnored: (field: string) => void;
  answered(endpoint: Endpoint, status: number): void;
  appended(topic: string, seconds: number): void;
}

export interface CollectorMetricsOptions {
  registry: Registry;
  /** Records that wait for the log, by topic; asked at each scrape. */
  queueDepths: () => ReadonlyMap<string, number>;
}

export function createCollectorMetrics({ registry, queueDepths }: CollectorMetricsOptions): CollectorMetrics {
  const count = talliedCounter<Endpoint, RecordOutcome>({
    registry,
    name: 'muster_collector_records_total',
    help: 'Records at the edge by endpoint and what became of them.',
    labelNames: ['endpoint', 'outcome'],
  });
  const fields = new Counter({
    name: 'muster_collector_fields_ignored_total',
    help: 'Fields of browser calls that could not be used.',
    labelNames: ['field'],
    registers: [registry],
  });
  const answered = talliedCounter<Endpoint, number>({
    registry,
    name: 'muster_collector_requests_total',
    help: 'Requests by endpoint and status.',
    labelNames: ['endpoint', 'status'],
  });
  const append = new Histogram({
    name: 'muster_collector_append_seconds',
    help: 'Time until the log called a batch durable.',
    labelNames: ['topic'],
    buckets: LATENCY_BUCKETS_S,
    registers: [registry],
  });
  new Gauge({
    name: 'muster_collector_append_queue',
    help: 'Records of browser calls that wait for the log.',
    labelNames: ['topic'],
    registers: [registry],
    collect() {
      for (const [topic, depth] of queueDepths()) this.set({ topic }, depth);
    },
  });
  return {
    count,
    fieldIgnored: (field) => fields.inc({ field }),
    answered,
    appended: (topic, seconds) => append.observe({ topic }, seconds),
  };
}
