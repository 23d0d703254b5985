import { startPeopleWriter } from '../ingest/people/start-people-writer';
import { raiseCounters } from '../ingest/seed/raise-counters';
import { seedLookups } from '../ingest/seed/seed-lookups';
import { startIngest } from '../ingest/start-ingest';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import type { Log } from '../shared/stores/log/log';
import type { Lookups } from '../shared/stores/lookups/lookups';
import type { LookupsFeed } from '../shared/stores/lookups/replication';
import type { Composition } from './composition';
import { startMaintenance } from './maintenance';
import type { RoleContext } from './roles';
import { measureStores } from './store-metrics';
import { holdRight } from './processes/hold-right';
import { watchEpoch } from './watch-epoch';

export interface Stores {
  log: Log;
  lookups: Lookups;
  lake: Lake;
  catalog: Catalog;
}

/** Fills the lookups where they are empty, then starts what writes identities and people. */
export async function startIngestAndPeople(
  composition: Composition,
  stores: Stores & { feed?: LookupsFeed },
  { logger, registry, config }: RoleContext,
): Promise<void> {
  const { log, lookups, feed, lake, catalog } = stores;
  measureStores({ registry, lookups, lake });
  // One at a time: who fills them late would overwrite what another has begun to change.
  const giveBack = await holdRight({ catalog, logger }, 'seed', 'lookups may be filled by another');
  await raiseCounters({ lake, catalog, logger });
  const excludeBuilder = () =>
    holdRight({ catalog, logger }, 'builder', 'a builder may be at work while lookups are filled');
  await seedLookups({ lake, log, lookups, feed, catalog, logger, excludeBuilder });
  await giveBack();
  composition.addStore('epoch watch', watchEpoch({ lookups, epoch: await lookups.epoch(), logger }));
  composition.add(
    'people writer',
    await startPeopleWriter({ log, lookups, lake, catalog, registry, logger }),
  );
  composition.add('ingest', await startIngest({ log, lookups, lake, catalog, registry, logger }));
  composition.addStore(
    'maintenance',
    startMaintenance({ log, lake, retentionDays: config.retentionDays, logger }),
  );
}
