import type { LatencySummary } from '../load/latency';
import { parseMetrics, sumBy, total } from './metrics-text';

/** The platform at one moment, and the traffic since the last one. */
export interface SoakSample {
  atSeconds: number;
  /** Bytes by process. */
  residentBytes: Record<string, number>;
  heapBytes: Record<string, number>;
  /** Records that wait, by stage. */
  lagRecords: { ingest: number; people: number; builder: number };
  eventLoopLagP99Seconds: Record<string, number>;
  restarts: number;
  /** Records that the platform says it lost: full buffers, a log that did not take them, dead letters. */
  dropped: number;
  answered: number;
  failed: number;
  latency: LatencySummary;
  /** Of this process, so that it is not taken for the platform. */
  generatorBytes: number;
}

/** What the platform says of itself on its ops port. */
export async function platformSample(
  ops: string,
): Promise<
  Pick<
    SoakSample,
    'residentBytes' | 'heapBytes' | 'lagRecords' | 'eventLoopLagP99Seconds' | 'restarts' | 'dropped'
  >
> {
  const answer = await fetch(`${ops}/metrics`);
  if (!answer.ok) throw new Error(`metrics were answered ${answer.status}`);
  const lines = parseMetrics(await answer.text());
  return {
    residentBytes: sumBy(lines, 'process_resident_memory_bytes', 'process'),
    heapBytes: sumBy(lines, 'nodejs_heap_size_used_bytes', 'process'),
    lagRecords: {
      ingest: total(lines, 'muster_ingest_lag_records'),
      people: total(lines, 'muster_people_lag_records'),
      builder: total(lines, 'muster_builder_lag_records'),
    },
    eventLoopLagP99Seconds: sumBy(lines, 'nodejs_eventloop_lag_p99_seconds', 'process'),
    restarts: total(lines, 'muster_child_restarts'),
    dropped:
      total(lines, 'muster_bidder_records_dropped_total') +
      total(lines, 'muster_dead_letters_total') +
      total(lines, 'muster_collector_records_total', { outcome: 'overflow' }) +
      total(lines, 'muster_collector_records_total', { outcome: 'append_failed' }),
  };
}
