import type { Logger } from 'pino';
import type { IdentityText, Topic } from '../shared/domain/records';
import type { IngestPlan } from '../shared/stores/catalog/small-stores';
import type { Lake } from '../shared/stores/lake/lake';
import type { Log, LogEntry } from '../shared/stores/log/log';
import type { IdentityEntry, Lookups } from '../shared/stores/lookups/lookups';
import type { LookupsEpoch } from '../shared/stores/lookups/lookups-epoch';
import type { Item } from './item';
import type { IngestMetrics } from './metrics';
import type { NumberBlocks } from './numbers';
import type { RecentSet } from './recent-set';
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
  /** The last plan of the partition, which that of this range may replace, no other. */
  after: IngestPlan | undefined;
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
  lookupsEpoch: LookupsEpoch;
  lake: Pick<Lake, 'query' | 'insert'>;
  plans: { replace(last: IngestPlan | undefined, plan: IngestPlan): Promise<boolean> };
  numbers: NumberBlocks;
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
