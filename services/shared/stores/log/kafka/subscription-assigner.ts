import type { Assigner, Assignment } from 'kafkajs';
import { AssignerProtocol } from 'kafkajs';

const NAME = 'muster-subscriptions';
const VERSION = 1;

/**
 * Who holds a partition: partition number modulo the members that subscribe to its topic, as in the embedded log. So
 * the same number of every topic goes to one member (a group over single-partition topics has one worker).
 * The assigner of kafkajs gives partitions also to members that do not want their topic, and nobody reads those.
 */
export function subscriptionAssigner(partitionsOf: (topic: string) => number): Assigner {
  return {
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.alloc(0),
      }),
    }),
    assign: async ({ members }) => {
      const subscribers = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
        assignment: emptyAssignment(),
      }));
      subscribers.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
      for (const topic of new Set(subscribers.flatMap(({ topics }) => topics))) {
        const candidates = subscribers.filter(({ topics }) => topics.includes(topic));
        for (let partition = 0; partition < partitionsOf(topic); partition++) {
          const holder = candidates[partition % candidates.length];
          if (holder) (holder.assignment[topic] ??= []).push(partition);
        }
      }
      return subscribers.map(({ memberId, assignment }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
  };
}

function emptyAssignment(): Assignment {
  return {};
}
