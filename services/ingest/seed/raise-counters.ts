import type { Logger } from 'pino';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { Lake } from '../../shared/stores/lake/lake';

/** Counters of CATALOG, and where LAKE has numbers of each. */
const PLACES: Readonly<Record<string, readonly [column: string, table: string][]>> = {
  iid: [['iid', 'identity_rows']],
  people: [
    ['seq', 'person_rows'],
    ['seq', 'link_rows'],
  ],
  membership_seq: [
    ['seq', 'membership_rows'],
    ['seq', 'audience_rows'],
  ],
  audience: [
    ['audience', 'membership_rows'],
    ['number', 'audience_rows'],
  ],
};

/**
 * A catalog that was restored from a backup is older than the lake: what it numbers next is in use already, and an
 * identity would get the number of another. So the counters are raised above what the lake has, at each start.
 */
export async function raiseCounters(options: {
  lake: Pick<Lake, 'numbers'>;
  catalog: Pick<Catalog, 'raiseCounter'>;
  logger: Logger;
}): Promise<void> {
  const { lake, catalog, logger } = options;
  for (const [name, places] of Object.entries(PLACES)) {
    const each = places.map(([column, table]) => `SELECT max(${column}) AS n FROM ${table}`);
    const [highest = 0] = await lake.numbers(`SELECT toUInt64(max(n)) FROM (${each.join(' UNION ALL ')})`, {
      maxExecutionSeconds: 600,
    });
    logger.debug({ counter: name, highest }, 'counter is above what the lake has');
    await catalog.raiseCounter(name, highest + 1);
  }
}
