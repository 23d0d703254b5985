import { setTimeout as sleep } from 'node:timers/promises';
import type { Topic } from '../../../domain/records';
import type { BatchContext, ConsumeOptions, Log, LogBatch, LogConsumer } from '../log';
import type { Topics } from '../topics';

/** One store under test, empty at first. */
export interface LogStore {
  /** Another process's view of the same store. */
  open(): Promise<Log>;
  destroy(): Promise<void>;
}

export type OpenStore = (topics: Topics) => Promise<LogStore>;

/** What a contract test needs: a log, and more views of the same store; all closed behind the test. */
export interface ContractContext {
  openLog: () => Promise<Log>;
}

export const testTopics: Topics = {
  privacy: { partitions: 1, retentionDays: 1 },
  events: { partitions: 2, retentionDays: 1 },
  traits: { partitions: 2, retentionDays: 1 },
  syncs: { partitions: 1, retentionDays: 1 },
  bids: { partitions: 2, retentionDays: 1 },
  notices: { partitions: 1, retentionDays: 1 },
  links: { partitions: 1, retentionDays: 1 },
  changes: { partitions: 1, retentionDays: 1 },
  'dead-letters': { partitions: 1, retentionDays: 1 },
  lookups: { partitions: 1, compacted: true },
};

/** A group of brokers gives a member five sessions to finish its batch before others have its partitions. */
const WITHIN_MS = 100_000;

export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

export function records(key: string, values: (string | number)[]) {
  return values.map((value) => ({ key, value: Buffer.from(String(value)) }));
}

export function texts(batches: LogBatch[]): string[] {
  return batches.flatMap((batch) => batch.entries.map((entry) => entry.value.toString()));
}

export async function contents(log: Log, topic: Topic): Promise<string[]> {
  const values: string[] = [];
  for (const { partition, end } of await log.positions('contents', [topic])) {
    for (const entry of await log.read(topic, partition, 0, end, end)) values.push(entry.value.toString());
  }
  return values;
}

/** Committed offsets of a group, summed over partitions. */
export async function committed(log: Log, group: string, topic: Topic): Promise<number> {
  return (await log.positions(group, [topic])).reduce((sum, position) => sum + position.committed, 0);
}

export interface Recording {
  consumer: LogConsumer;
  /** Batches whose handling has begun. */
  begun: LogBatch[];
  /** Batches whose handling succeeded. */
  done: LogBatch[];
}

export async function record(
  log: Log,
  options: Partial<ConsumeOptions> & Pick<ConsumeOptions, 'topics'>,
  handle: (batch: LogBatch, context: BatchContext) => Promise<number | void> | number | void = () =>
    undefined,
): Promise<Recording> {
  const begun: LogBatch[] = [];
  const done: LogBatch[] = [];
  const consumer = await log.consume({
    group: 'readers',
    maxRecords: 1000,
    maxBytes: 1 << 20,
    lingerMs: 0,
    ...options,
    onBatch: async (batch, context) => {
      begun.push(batch);
      const to = await handle(batch, context);
      done.push(batch);
      return to;
    },
  });
  return { consumer, begun, done };
}
