import type { Logger } from 'pino';
import type { IdentityText, Topic } from '../shared/domain/records';
import type { IdentityEntry, Lookups } from '../shared/stores/lookups/lookups';
import type { Log, LogEntry } from '../shared/stores/log/log';
import type { Lake } from '../shared/stores/lake/lake';
import type { IngestPlan } from '../shared/stores/catalog/small-stores';
import { buildRows } from './build-rows';
import { confirmIdentities } from './confirm-identities';
import type { ConsentMemory } from './consent-memory';
import { decode } from './decode';
import { deduplicate } from './deduplicate';
import { emitChanges } from './emit-changes';
import { emitDeadLetters } from './emit-dead-letters';
import { emitLinks } from './emit-links';
import { gate } from './gate';
import { insertRows } from './insert-rows';
import type { Item } from './item';
import type { IngestMetrics } from './metrics';
import type { NumberBlocks } from './numbers';
import { plan } from './plan';
import type { RecentSet } from './recent-set';
import { resolveIdentities } from './resolve-identities';
import type { TableRows } from './rows/table-rows';

/** An exact range of one partition of the log, on its way into the lake. */
export interface Batch {
  topic: Topic;
  partition: number;
  from: number;
  /** Exclusive. */
  to: number;
  entries: readonly LogEntry[];
  /** The plan that a crash left behind: this range may be in the lake already, in part or as a whole. */
  replayOf: IngestPlan | undefined;
}

/** One batch and what the steps have found out about it. */
export interface BatchContext extends Batch {
  items: Item[];
  /** What the identities of the batch resolve to; those of dropped records only when they were known. */
  identities: Map<IdentityText, IdentityEntry>;
  tables: TableRows[];
}

export interface IngestDeps {
  log: Pick<Log, 'append'>;
  lookups: Pick<Lookups, 'identities' | 'claims' | 'people'>;
  lake: Pick<Lake, 'query' | 'insert'>;
  plans: { put(plan: IngestPlan): Promise<void> };
  numbers: NumberBlocks;
  consents: ConsentMemory;
  /** Event links that were sent to the people writer not long ago. */
  recentLinks: RecentSet;
  metrics: IngestMetrics;
  logger: Logger;
  /** For measurements and the time of dead letters only: rows know no clock. */
  now: () => number;
}

export interface Step {
  name: string;
  run(context: BatchContext, deps: IngestDeps): Promise<void> | void;
}

/**
 * The path of a batch. A crash between any two steps is safe: the log gives the same range again, the plan
 * fixes its bounds, and every step does nothing twice (insert tokens, claims that know their own position,
 * numbers put only where absent). Links and changes may be sent again; their readers do not mind.
 */
export const INGEST_STEPS: readonly Step[] = [
  { name: 'decode', run: decode },
  { name: 'gate', run: gate },
  { name: 'plan', run: plan },
  { name: 'resolve-identities', run: resolveIdentities },
  { name: 'deduplicate', run: deduplicate },
  { name: 'build-rows', run: buildRows },
  { name: 'insert-rows', run: insertRows },
  { name: 'confirm-identities', run: confirmIdentities },
  { name: 'emit-links', run: emitLinks },
  { name: 'emit-dead-letters', run: emitDeadLetters },
  { name: 'emit-changes', run: emitChanges },
];

/** Takes a batch through the steps. Rejects when one could not be done; the batch must then come again. */
export async function ingestBatch(
  batch: Batch,
  deps: IngestDeps,
  options: { steps?: readonly Step[]; betweenSteps?: () => Promise<void> } = {},
): Promise<void> {
  const context: BatchContext = { ...batch, items: [], identities: new Map(), tables: [] };
  const startedAt = deps.now();
  for (const step of options.steps ?? INGEST_STEPS) {
    await step.run(context, deps);
    await options.betweenSteps?.();
  }
  for (const item of context.items) {
    deps.metrics.records.inc({ topic: batch.topic, outcome: item.outcome ?? 'stored' });
  }
  deps.metrics.batchSeconds.observe({ topic: batch.topic }, (deps.now() - startedAt) / 1000);
}
