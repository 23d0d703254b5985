import type { Admin } from 'kafkajs';
import { retrying } from './retrying';

export interface GroupOffset {
  /** As the brokers name it. */
  topic: string;
  partition: number;
  /** Where the group goes on: what it committed, or the earliest record held. */
  position: number;
  /** Offset behind the newest record. */
  end: number;
}

/** Where a group stands in every partition of some topics, the partitions of each in order. */
export async function groupOffsets(
  admin: Admin,
  groupId: string,
  topics: string[],
  isWanted?: () => boolean,
): Promise<GroupOffset[]> {
  // The end is read last, so that it is never below what was committed.
  const committed = await retrying(() => admin.fetchOffsets({ groupId, topics }), isWanted);
  const found = await Promise.all(
    topics.map(async (topic) => {
      const ranges = await retrying(() => admin.fetchTopicOffsets(topic), isWanted);
      const commits = committed.find((of) => of.topic === topic)?.partitions ?? [];
      return ranges.map(({ partition, low, high }): GroupOffset => {
        const commit = Number(commits.find((of) => of.partition === partition)?.offset ?? -1);
        // Negative: none yet, or kafkajs has written "the earliest". Below the earliest: retention has passed the group.
        return { topic, partition, position: Math.max(commit, Number(low)), end: Number(high) };
      });
    }),
  );
  return found.flatMap((offsets) => offsets.sort((a, b) => a.partition - b.partition));
}
