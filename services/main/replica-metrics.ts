import { Gauge, type Registry } from '../shared/runtime/metrics';
import type { LookupsReplica } from '../shared/stores/lookups/replication';

/**
 * How far the replica of the lookups is, asked for when the metrics are read. The bidders of a host share one: of what
 * each of them says of it the largest counts.
 */
export function measureReplica({
  registry,
  replica,
}: {
  registry: Registry;
  replica: Pick<LookupsReplica, 'status'>;
}): void {
  const registers = [registry];
  const aggregator = 'max';
  // First: metrics are read in the order in which they are registered, and this one sets the others.
  new Gauge({
    name: 'muster_replica_lag_seconds',
    help: 'Everything written to the lookups longer ago than this is in the replica.',
    aggregator,
    registers,
    collect() {
      const status = replica.status();
      this.set(status.lagSeconds);
      lagRecords.set(status.lagRecords ?? 0);
      appliedAt.set(status.appliedAtSeconds);
      reseeds.set(status.reseeds);
      bytes.set(status.bytes);
      entries.set({ namespace: 'identities' }, status.entries.identities);
      entries.set({ namespace: 'memberships' }, status.entries.memberships);
    },
  });
  const lagRecords = new Gauge({
    name: 'muster_replica_lag_records',
    help: 'Records of the topic lookups that the replica has not applied yet.',
    aggregator,
    registers,
  });
  const appliedAt = new Gauge({
    name: 'muster_replica_applied_timestamp_seconds',
    help: 'When the replica last applied a record; 0 when it never has.',
    aggregator,
    registers,
  });
  const reseeds = new Gauge({
    name: 'muster_replica_reseeds',
    help: 'How often the replica was filled anew since the bidder that follows started.',
    aggregator,
    registers,
  });
  const bytes = new Gauge({
    name: 'muster_replica_bytes',
    help: 'Size of what the replica holds.',
    aggregator,
    registers,
  });
  const entries = new Gauge({
    name: 'muster_replica_entries',
    help: 'Entries of the replica by namespace.',
    labelNames: ['namespace'],
    aggregator,
    registers,
  });
}
