import { asc, getTableColumns, gt, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Database } from './connection';
import type { Definitions } from './definitions';
import type { Stored } from './resources';
import { RESOURCE_TABLES, type ResourceKind } from './schema';

export type ChangedResources = { [Kind in ResourceKind]: Stored<Definitions[Kind]>[] };

/**
 * Everything changed after a revision, archived ones included, each kind in the order of creation. One query for
 * all kinds: it is asked after every change, and an embedded query holds up the process that asks.
 */
export async function changedResources(database: Database, revision: number): Promise<ChangedResources> {
  const changed: ChangedResources = {
    partner: [],
    publisher: [],
    provider: [],
    trait: [],
    advertiser: [],
    audience: [],
    lineItem: [],
    creative: [],
    exchange: [],
  };
  const of = (kind: ResourceKind) => {
    const table = RESOURCE_TABLES[kind];
    return database
      .select({ kind: sql<ResourceKind>`${kind}::text`.as('kind'), ...getTableColumns(table) })
      .from(table)
      .where(gt(table.revision, revision));
  };
  const rows = await unionAll(
    of('partner'),
    of('publisher'),
    of('provider'),
    of('trait'),
    of('advertiser'),
    of('audience'),
    of('lineItem'),
    of('creative'),
    of('exchange'),
  ).orderBy(asc(sql`seq`));
  for (const { kind, ...row } of rows) (changed[kind] as Stored<unknown>[]).push(row);
  return changed;
}
