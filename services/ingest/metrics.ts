import { Counter, FRESHNESS_BUCKETS_S, Histogram, type Registry } from '../shared/runtime/metrics';

/** All labels come from closed lists: topics, outcomes, reasons. */
export function ingestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    records: new Counter({
      name: 'muster_ingest_records_total',
      help: 'Records handled, by what became of them',
      labelNames: ['topic', 'outcome'],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'muster_ingest_batch_seconds',
      help: 'Duration of batches',
      labelNames: ['topic'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    freshness: new Histogram({
      name: 'muster_ingest_freshness_seconds',
      help: 'From receipt of a record to its row in the lake',
      labelNames: ['topic'],
      buckets: FRESHNESS_BUCKETS_S,
      registers,
    }),
    deadLetters: deadLetterCounter(registry),
  };
}

export type IngestMetrics = ReturnType<typeof ingestMetrics>;

/** Shared by ingest and people writer, which may live in one process. */
export function deadLetterCounter(registry: Registry): Counter<'reason'> {
  const name = 'muster_dead_letters_total';
  const existing = registry.getSingleMetric(name);
  if (existing !== undefined) return existing as Counter<'reason'>;
  return new Counter({
    name,
    help: 'Records that could not be used, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
}
