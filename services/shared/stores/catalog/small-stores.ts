import { and, eq, lt, sql } from 'drizzle-orm';
import type { Topic } from '../../domain/records';
import type { Database } from './connection';
import type { FxRatesDefinition } from './definitions';
import { counters, fxRates, idempotentAnswers, ingestPlans, keyValues } from './schema';

/** Hands out `size` numbers that nobody else gets, ever; answers the first. Counting starts at 1. */
export async function takeBlock(database: Database, name: string, size: number): Promise<number> {
  if (!Number.isSafeInteger(size) || size < 1) throw new Error(`not a block size: ${size}`);
  const [row] = await database
    .insert(counters)
    .values({ name, next: 1 + size })
    .onConflictDoUpdate({ target: counters.name, set: { next: sql`${counters.next} + ${size}` } })
    .returning();
  if (row === undefined) throw new Error('a counter came back without a row');
  return row.next - size;
}

/** Numbers below `next` are given out no more; a counter that is further stays where it is. */
export async function raiseCounter(database: Database, name: string, next: number): Promise<void> {
  await database
    .insert(counters)
    .values({ name, next })
    .onConflictDoUpdate({ target: counters.name, set: { next: sql`greatest(${counters.next}, ${next})` } });
}

/** Records `from ≤ offset < to` of a partition, about to be inserted. */
export interface IngestPlan {
  topic: Topic;
  partition: number;
  from: number;
  to: number;
  /** Offsets that were dropped because their person had opted out: a replay drops the same. */
  optedOut?: number[];
}

/** One plan per partition: what ingest was inserting when it was last heard of. */
export class IngestPlanStore {
  constructor(private readonly database: Database) {}

  /**
   * Puts a plan in the place of `last`, the one that the caller knows of. Durable once it resolves. False, and nothing is
   * changed, where another stands there: somebody else works at the partition, or did meanwhile.
   */
  async replace(last: IngestPlan | undefined, plan: IngestPlan): Promise<boolean> {
    const optedOut = plan.optedOut ?? [];
    const insert = this.database.insert(ingestPlans).values({ ...plan, optedOut });
    const target = [ingestPlans.topic, ingestPlans.partition];
    const put =
      last === undefined
        ? insert.onConflictDoNothing({ target })
        : insert.onConflictDoUpdate({
            target,
            set: { from: plan.from, to: plan.to, optedOut },
            setWhere: and(eq(ingestPlans.from, last.from), eq(ingestPlans.to, last.to)),
          });
    return (await put.returning({ partition: ingestPlans.partition })).length > 0;
  }

  async get(topic: Topic, partition: number): Promise<IngestPlan | undefined> {
    const [row] = await this.database
      .select()
      .from(ingestPlans)
      .where(and(eq(ingestPlans.topic, topic), eq(ingestPlans.partition, partition)));
    return row && { ...row, topic, optedOut: row.optedOut.length === 0 ? undefined : row.optedOut };
  }
}

/** Small durable notes of services. */
export class KeyValueStore {
  constructor(private readonly database: Database) {}

  async get(key: string): Promise<string | undefined> {
    const [row] = await this.database.select().from(keyValues).where(eq(keyValues.key, key));
    return row?.value;
  }

  async put(key: string, value: string): Promise<void> {
    await this.database
      .insert(keyValues)
      .values({ key, value })
      .onConflictDoUpdate({ target: keyValues.key, set: { value } });
  }
}

export interface StoredFxRates {
  definition: FxRatesDefinition;
  version: number;
  updatedAt: Date;
}

export class FxRateStore {
  constructor(private readonly database: Database) {}

  async get(): Promise<StoredFxRates | undefined> {
    const [row] = await this.database.select().from(fxRates);
    return row && { ...row, definition: row.definition as FxRatesDefinition };
  }

  async put(definition: FxRatesDefinition, change: { revision: number; at: Date }): Promise<StoredFxRates> {
    const row = { definition, revision: change.revision, updatedAt: change.at };
    const [stored] = await this.database
      .insert(fxRates)
      .values({ ...row, version: 1 })
      .onConflictDoUpdate({
        target: fxRates.onlyRow,
        set: { ...row, version: sql`${fxRates.version} + 1` },
      })
      .returning();
    if (stored === undefined) throw new Error('fx rates came back without a row');
    return { definition, version: stored.version, updatedAt: stored.updatedAt };
  }
}

export interface IdempotentAnswer {
  /** Hash of caller, path and Idempotency-Key. */
  keyHash: string;
  /** Hash of what was asked. */
  requestHash: string;
  /** The answer, sealed: only who knows the Idempotency-Key can open it. */
  answer: string;
}

export class IdempotentAnswerStore {
  constructor(private readonly database: Database) {}

  /** Undefined also when it was stored before `since`. */
  async get(keyHash: string, since: Date): Promise<IdempotentAnswer | undefined> {
    const [row] = await this.database
      .select()
      .from(idempotentAnswers)
      .where(eq(idempotentAnswers.keyHash, keyHash));
    return row && row.createdAt >= since ? row : undefined;
  }

  /** Forgets what was stored before `since`, then stores. Fails on the primary key where one is still there. */
  async put(answer: IdempotentAnswer, at: Date, since: Date): Promise<void> {
    await this.database.delete(idempotentAnswers).where(lt(idempotentAnswers.createdAt, since));
    await this.database.insert(idempotentAnswers).values({ ...answer, createdAt: at });
  }
}
