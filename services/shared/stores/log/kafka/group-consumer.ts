import type { Consumer, Kafka } from 'kafkajs';
import { createConsumer } from './consumer-cluster';
import { subscriptionAssigner } from './subscription-assigner';

/** A fetch waits so long for records. A partition that is read again joins the next fetch, so keep it short. */
const FETCH_WAIT_MS = 200;
/** So long others wait for a member that lives and has a batch in hand; one that died is missed after a session. */
const REBALANCE_SESSIONS = 5;
const FETCH_BYTES = 10 << 20;

export interface GroupConsumerOptions {
  kafka: Kafka;
  groupId: string;
  sessionMs: number;
  heartbeatMs: number;
  /** Of a topic as the brokers name it. */
  partitionsOf: (topic: string) => number;
  /** Asked before kafkajs starts anew after a failure. */
  mayRestart: () => boolean;
  /** Every joining of the group, the first and each later one, waits for it. */
  beforeJoin: () => Promise<void>;
}

/** A consumer that joins its group only after `beforeJoin`, for which kafkajs itself has no place. */
export function createGroupConsumer(options: GroupConsumerOptions): Consumer {
  const { consumer, cluster } = createConsumer(
    options.kafka,
    {
      groupId: options.groupId,
      sessionTimeout: options.sessionMs,
      rebalanceTimeout: REBALANCE_SESSIONS * options.sessionMs,
      heartbeatInterval: options.heartbeatMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES,
      allowAutoTopicCreation: false,
      readUncommitted: true,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        retries: 8,
        restartOnFailure: async () => options.mayRestart(),
      },
    },
    subscriptionAssigner(options.partitionsOf),
  );
  // Looking for the coordinator is the first step of every joining, and of nothing else.
  const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    await options.beforeJoin();
    return findGroupCoordinator(group);
  };
  return consumer;
}
