import type { Config } from '../shared/runtime/config';
import type { Logger } from '../shared/runtime/logger';
import { publishLookups } from '../shared/stores/lookups/replica/publish-lookups';
import { isPublishedEpoch, type LookupsFeed } from '../shared/stores/lookups/replication';
import type { Stores } from './ingest-and-people';
import { pollEpoch } from './poll-epoch';
import { endAtOnce } from './processes/end-at-once';

const EPOCH_POLL_MS = 2_000;

/** The stores of a process that writes LOOKUPS: published to bidders' replicas, where there are any. */
export function withReplication<S extends Stores>(
  stores: S,
  { lookupsReplica }: Pick<Config, 'lookupsReplica'>,
): S & { feed?: LookupsFeed } {
  if (!lookupsReplica) return stores;
  const { lookups, log, catalog } = stores;
  const published = publishLookups({
    lookups,
    log,
    // One number a write, never a block: the numbers of two writers must be in the order in which they write.
    versions: {
      people: () => catalog.nextBlock('people', 1),
      memberships: () => catalog.nextBlock('membership_seq', 1),
    },
  });
  return { ...stores, ...published };
}

/**
 * Ends a process that writes the lookups and does not publish them, while another publishes: replicas would lack what this
 * one writes and not know it.
 */
export function watchPublication(
  { lookups, feed }: Pick<Stores, 'lookups'> & { feed?: LookupsFeed },
  logger: Logger,
): { close(): void } {
  if (feed !== undefined) return { close: () => undefined };
  const onEpoch = (epoch: string | undefined): void => {
    if (!isPublishedEpoch(epoch)) return;
    logger.fatal('the lookups are published to replicas: MUSTER_LOOKUPS_REPLICA must be on here as well');
    endAtOnce();
  };
  return pollEpoch({ lookups, everyMs: EPOCH_POLL_MS, onEpoch, logger });
}
