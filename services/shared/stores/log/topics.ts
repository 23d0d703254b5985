import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Topic } from '../../domain/records';
import { packagePath } from '../../package-path';

export interface TopicSettings {
  /** Fixed once data exists: the partition of a key is its murmur3 modulo this number. */
  partitions: number;
  /** Absent where the topic is compacted. */
  retentionDays?: number;
  /**
   * The newest record of each key is kept for ever, so that whoever reads from the beginning has the state of all keys.
   * Which older ones are kept as well is up to the engine: Kafka drops them in time, files keep them all.
   */
  compacted?: true;
}

export type Topics = Record<Topic, TopicSettings>;

const partitions = z.int().min(1).max(1024);

const settings = z.strictObject({ partitions, retentionDays: z.number().positive().max(3650) });

const topicsSchema = z.strictObject({
  privacy: settings,
  events: settings,
  traits: settings,
  syncs: settings,
  bids: settings,
  notices: settings,
  links: settings,
  changes: settings,
  'dead-letters': settings,
  // What begins and ends a filling of the lookups holds by the order of the whole topic.
  lookups: z.strictObject({ partitions: z.literal(1), compacted: z.literal(true) }),
}) satisfies z.ZodType<Topics>;

/**
 * The declared topics, `schemas/log/topics.json`. Throws with every fault named when the file is missing a
 * topic, names an unknown one or states an impossible number.
 */
export function loadTopics(path = packagePath('schemas/log/topics.json')): Topics {
  return parseTopics(JSON.parse(readFileSync(path, 'utf8')), path);
}

export function parseTopics(value: unknown, source = 'topics'): Topics {
  const result = topicsSchema.safeParse(value);
  if (!result.success) throw new Error(`${source}: ${z.prettifyError(result.error)}`);
  return result.data;
}
