import { sql } from 'drizzle-orm';
import { ApiKeyReader, ApiKeyWriter, type ApiKey } from './api-keys';
import { AudienceStateStore, type AudienceState } from './audience-states';
import type { CatalogConnection, Database } from './connection';
import type { Definitions, FxRatesDefinition } from './definitions';
import { changedResources, type ChangedResources } from './changed-resources';
import { ResourceReader, ResourceWriter } from './resources';
import { apiKeys, catalogRevision, fxRates, RESOURCE_TABLES, type ResourceKind } from './schema';
import {
  FxRateStore,
  IdempotentAnswerStore,
  IngestPlanStore,
  KeyValueStore,
  raiseCounter,
  takeBlock,
  type StoredFxRates,
} from './small-stores';

export type ResourceReaders = { [Kind in ResourceKind]: ResourceReader<Definitions[Kind]> };
export type ResourceWriters = { [Kind in ResourceKind]: ResourceWriter<Definitions[Kind]> };

/** What one change of the catalog may write; everything or nothing of it takes place. */
export interface CatalogChange {
  /** The revision that this change makes. */
  revision: number;
  at: Date;
  resources: ResourceWriters;
  keys: ApiKeyWriter;
  audienceStates: AudienceStateStore;
  idempotentAnswers: IdempotentAnswerStore;
  fxRates: Pick<FxRateStore, 'get'>;
  putFxRates(definition: FxRatesDefinition): Promise<StoredFxRates>;
  nextBlock(name: string, size: number): Promise<number>;
}

/** Everything that changed after a revision, as of one moment. */
export interface CatalogNews {
  revision: number;
  /** Archived ones included. */
  resources: ChangedResources;
  /** All keys in force; undefined: none was made or revoked. */
  keys: ApiKey[] | undefined;
  /** Of the changed audiences. */
  audienceStates: AudienceState[];
  /** Undefined: they did not change. */
  fxRates: StoredFxRates | undefined;
}

/**
 * CATALOG: what people configured, and the few durable notes of the services. Postgres, whatever runs it.
 * Every change of what is configured goes through `change` and raises the revision in the same transaction.
 */
export class Catalog {
  readonly resources: ResourceReaders;
  readonly keys: ApiKeyReader;
  readonly audienceStates: AudienceStateStore;
  readonly fxRates: FxRateStore;
  readonly idempotentAnswers: IdempotentAnswerStore;
  readonly plans: IngestPlanStore;
  readonly kv: KeyValueStore;
  private readonly database: Database;

  constructor(private readonly connection: CatalogConnection) {
    this.database = connection.database;
    this.resources = readers(this.database);
    this.keys = new ApiKeyReader(this.database);
    this.audienceStates = new AudienceStateStore(this.database);
    this.fxRates = new FxRateStore(this.database);
    this.idempotentAnswers = new IdempotentAnswerStore(this.database);
    this.plans = new IngestPlanStore(this.database);
    this.kv = new KeyValueStore(this.database);
  }

  /** First number of a block of `size` that nobody else gets, also after a crash; numbers start at 1. */
  async nextBlock(name: string, size: number): Promise<number> {
    return takeBlock(this.database, name, size);
  }

  /** Makes the next block of `name` begin at `next` or above; for a catalog that is older than what it numbered. */
  async raiseCounter(name: string, next: number): Promise<void> {
    await raiseCounter(this.database, name, next);
  }

  async revision(): Promise<number> {
    const [row] = await this.database.select().from(catalogRevision);
    if (row === undefined) throw new Error('the catalog has lost its revision');
    return row.value;
  }

  /** Raises the revision to at least `revision`; for readers whose copy is ahead of a restored catalog. */
  async raiseRevision(revision: number): Promise<void> {
    await this.database
      .update(catalogRevision)
      .set({ value: sql`greatest(${catalogRevision.value}, ${revision})` });
  }

  /**
   * One transaction. Changes take turns: the revision's row is taken first, so that revisions and the order of
   * creation become visible in order. A rejection of `work` undoes everything. `work` must not touch the catalog
   * but through what it is handed, or it waits for itself.
   */
  async change<T>(at: Date, work: (change: CatalogChange) => Promise<T>): Promise<T> {
    return this.database.transaction(async (transaction) => {
      const [row] = await transaction
        .update(catalogRevision)
        .set({ value: sql`${catalogRevision.value} + 1` })
        .returning();
      if (row === undefined) throw new Error('the catalog has lost its revision');
      const stamp = { revision: row.value, at };
      const rates = new FxRateStore(transaction);
      return work({
        ...stamp,
        resources: writers(transaction, stamp),
        keys: new ApiKeyWriter(transaction, stamp),
        audienceStates: new AudienceStateStore(transaction),
        idempotentAnswers: new IdempotentAnswerStore(transaction),
        fxRates: rates,
        putFxRates: (definition) => rates.put(definition, stamp),
        nextBlock: (name, size) => takeBlock(transaction, name, size),
      });
    });
  }

  /** What changed after `revision` (0: everything), read in one transaction. */
  async newsSince(revision: number): Promise<CatalogNews> {
    return this.database.transaction(
      async (transaction) => {
        const [row] = await transaction
          .select({
            value: catalogRevision.value,
            keys: sql<boolean>`EXISTS (SELECT FROM ${apiKeys} WHERE ${apiKeys.revision} > ${revision})`,
            rates: sql<boolean>`EXISTS (SELECT FROM ${fxRates} WHERE ${fxRates.revision} > ${revision})`,
          })
          .from(catalogRevision);
        if (row === undefined) throw new Error('the catalog has lost its revision');
        const resources = await changedResources(transaction, revision);
        const states = new AudienceStateStore(transaction);
        return {
          revision: row.value,
          resources,
          keys: row.keys ? await new ApiKeyReader(transaction).list() : undefined,
          audienceStates: await states.list(resources.audience.map((audience) => audience.id)),
          fxRates: row.rates ? await new FxRateStore(transaction).get() : undefined,
        };
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  /**
   * For what only one process may do at a time, on however many hosts: waits for the right of this name, answers what
   * gives it back. `onLost` is called when the database took it away (a broken connection): stop at once, another
   * process may go on already.
   */
  hold(name: string, onLost: (error: Error) => void): Promise<() => Promise<void>> {
    return this.connection.hold(name, onLost);
  }

  /** Rejects when the database does not answer. */
  async ping(): Promise<void> {
    await this.revision();
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

function readers(database: Database): ResourceReaders {
  return each((table) => new ResourceReader<never>(database, table));
}

function writers(database: Database, change: { revision: number; at: Date }): ResourceWriters {
  return each((table) => new ResourceWriter<never>(database, table, change));
}

function each<T>(make: (table: (typeof RESOURCE_TABLES)[ResourceKind]) => T): Record<ResourceKind, T> {
  return {
    partner: make(RESOURCE_TABLES.partner),
    publisher: make(RESOURCE_TABLES.publisher),
    provider: make(RESOURCE_TABLES.provider),
    trait: make(RESOURCE_TABLES.trait),
    advertiser: make(RESOURCE_TABLES.advertiser),
    audience: make(RESOURCE_TABLES.audience),
    lineItem: make(RESOURCE_TABLES.lineItem),
    creative: make(RESOURCE_TABLES.creative),
    exchange: make(RESOURCE_TABLES.exchange),
  };
}
