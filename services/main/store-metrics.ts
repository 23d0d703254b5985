import { Gauge, type Registry } from '../shared/runtime/metrics';
import type { Topic } from '../shared/domain/records';
import type { Lake } from '../shared/stores/lake/lake';
import type { Log } from '../shared/stores/log/log';
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

/** Records of the topic that the group has still to handle. */
export function measureLag(options: {
  registry: Registry;
  log: Pick<Log, 'positions'>;
  name: string;
  group: string;
  topic: Topic;
}): void {
  const { registry, log, name, group, topic } = options;
  new Gauge({
    name,
    help: `Records of the log that group ${group} has not handled yet`,
    registers: [registry],
    async collect() {
      const positions = await log.positions(group, [topic]);
      this.set(positions.reduce((lag, { committed, end }) => lag + end - committed, 0));
    },
  });
}
