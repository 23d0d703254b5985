import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { RESTORED_BUDGETS } from '../../shared/domain/restored-budgets';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Log } from '../../shared/stores/log/log';
import { isFilled, REBUILD_EPOCH, type Lookups } from '../../shared/stores/lookups/lookups';
import {
  isPublishedEpoch,
  newPublishedEpoch,
  type LookupsFeed,
} from '../../shared/stores/lookups/replication';
import { restoreBudgets } from './restore-budgets';
import { seedClaims } from './seed-claims';
import { seedIdentities } from './seed-identities';
import { seedMemberships } from './seed-memberships';
import { readPersons, repairPersonRows } from './read-persons';

export interface SeedOptions {
  lake: Pick<Lake, 'query' | 'insert'>;
  log: Pick<Log, 'positions' | 'read'>;
  lookups: Lookups;
  catalog: Pick<Catalog, 'nextBlock'>;
  logger: Logger;
  /** Resolves once no builder publishes, nor will before the answer is called. */
  excludeBuilder: () => Promise<() => Promise<void>>;
  /** Given where `lookups` are published to bidders' replicas. */
  feed?: Pick<LookupsFeed, 'begin'>;
  /** Epoch ms. @default Date.now */
  now?: () => number;
}

/**
 * Fills LOOKUPS from the lake where their epoch is missing (they were lost, or never there) or asks for it, or says that
 * they were not published and now are to be. Before it is done
 * neither ingest nor people writer may run: an identity that is not found again would get a second number.
 * Nor may a builder publish: what is read from the lake here would overwrite what it has written since.
 * May be cut off and run again. Links between people are held in memory, some 200 bytes each.
 */
export async function seedLookups(options: SeedOptions): Promise<{ seeded: boolean }> {
  const { lookups, feed, excludeBuilder, logger } = options;
  const epoch = await lookups.epoch();
  if (isFilled(epoch) && (feed === undefined || isPublishedEpoch(epoch))) {
    // From now on the topic goes without what is written: whoever publishes again must begin anew.
    if (feed === undefined && isPublishedEpoch(epoch)) await lookups.setEpoch(randomUUID());
    return { seeded: false };
  }
  // A builder that is at work sees it and gives way.
  if (isFilled(epoch)) await lookups.setEpoch(REBUILD_EPOCH);
  logger.info('the lookups are to be filled from the lake, once no builder is at work');
  const letBuilderGoOn = await excludeBuilder();
  await fill(options, { isEmpty: epoch === undefined });
  await letBuilderGoOn();
  return { seeded: true };
}

async function fill(
  { lake, log, lookups, catalog, logger, feed, now = Date.now }: SeedOptions,
  { isEmpty }: { isEmpty: boolean },
): Promise<void> {
  const startedAt = Date.now();
  logger.info({ isEmpty }, 'filling the lookups from the lake');
  const nextEpoch = feed === undefined ? randomUUID() : newPublishedEpoch();
  await feed?.begin(nextEpoch);

  const persons = await readPersons(lake);
  const repaired = await repairPersonRows(lake, persons, () => catalog.nextBlock('people', 1));
  if (repaired > 0)
    logger.warn({ rows: repaired }, 'rows of persons were behind their links and are written again');
  const identities = await seedIdentities({ lake, lookups, persons, logger });
  const memberships = await seedMemberships({ lake, lookups, persons, removeOthers: !isEmpty });
  logger.info({ memberships }, 'memberships seeded');
  const claims = await seedClaims({ lake, lookups, nowMs: now() });
  logger.info({ claims }, 'claims seeded');
  // Filled anew they keep their counters, and bidders go on with them.
  const haveCounters = !isEmpty && (await lookups.documents.revision(RESTORED_BUDGETS)) > 0;
  if (!haveCounters) await restoreBudgets({ lake, log, lookups, logger, nowMs: now() });

  await lookups.setEpoch(nextEpoch);
  logger.info(
    { identities, persons: persons.all.length, memberships, claims, tookMs: Date.now() - startedAt },
    'lookups are filled',
  );
}
