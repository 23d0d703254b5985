import { Gauge, type Registry } from '../shared/runtime/metrics';
import type { Lake } from '../shared/stores/lake/lake';
import type { Lookups } from '../shared/stores/lookups/lookups';

export interface StoreMetricsOptions {
  registry: Registry;
  lookups: Pick<Lookups, 'stats'>;
  lake: Pick<Lake, 'queueDepth'>;
}

/** How much LOOKUPS holds and what waits for LAKE, asked for when the metrics are read. */
export function measureStores({ registry, lookups, lake }: StoreMetricsOptions): void {
  const registers = [registry];
  const bytes = new Gauge({
    name: 'muster_lookups_bytes',
    help: 'Size of the lookups by namespace.',
    labelNames: ['namespace'],
    registers,
  });
  new Gauge({
    name: 'muster_lookups_entries',
    help: 'Entries of the lookups by namespace.',
    labelNames: ['namespace'],
    registers,
    async collect() {
      for (const [key, value] of Object.entries(await lookups.stats())) {
        const [, namespace, unit] = /^(.*)_(count|bytes)$/.exec(key) ?? [];
        if (namespace === undefined) continue;
        (unit === 'bytes' ? bytes : this).set({ namespace }, value);
      }
    },
  });
  new Gauge({
    name: 'muster_lake_queue',
    help: 'Queries that wait for the lake.',
    registers,
    collect() {
      this.set(lake.queueDepth);
    },
  });
}
