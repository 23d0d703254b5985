import { Counter, FRESHNESS_BUCKETS_S, Gauge, Histogram, type Registry } from '../shared/runtime/metrics';
import type { AudienceState } from './audience-states';

export function builderMetrics(registry: Registry, states: () => readonly AudienceState[]) {
  const registers = [registry];
  const statuses = ['building', 'ready', 'failed'] as const;
  new Gauge({
    name: 'muster_audiences',
    help: 'Active audience versions by status',
    labelNames: ['status'],
    registers,
    collect() {
      for (const status of statuses) {
        this.set({ status }, states().filter((state) => state.status === status).length);
      }
    },
  });
  return {
    evaluatedPeople: new Counter({
      name: 'muster_builder_evaluated_people_total',
      help: 'Persons evaluated against audience rules',
      registers,
    }),
    publishedRecords: new Counter({
      name: 'muster_builder_published_records_total',
      help: 'Membership records written or removed',
      registers,
    }),
    freshnessSeconds: new Histogram({
      name: 'muster_membership_freshness_seconds',
      help: 'From receipt of a record to its effect on memberships',
      buckets: FRESHNESS_BUCKETS_S,
      registers,
    }),
    buildSeconds: new Histogram({
      name: 'muster_full_build_seconds',
      help: 'Duration of full audience builds',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800],
      registers,
    }),
  };
}
