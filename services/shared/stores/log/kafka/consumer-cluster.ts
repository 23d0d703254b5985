import type { Assigner, Cluster, Consumer, ConsumerConfig, Kafka } from 'kafkajs';

export interface ConsumerAndCluster {
  consumer: Consumer;
  /** The connections the consumer uses; kafkajs gives them to assigners alone. */
  cluster: Cluster;
}

/** Nothing connects yet. */
export function createConsumer(kafka: Kafka, config: ConsumerConfig, assigner: Assigner): ConsumerAndCluster {
  const given: Cluster[] = [];
  const consumer = kafka.consumer({
    ...config,
    partitionAssigners: [
      ({ cluster }) => {
        given.push(cluster);
        return assigner;
      },
    ],
  });
  const [cluster] = given;
  if (!cluster) throw new Error('kafkajs did not make the assigner at once');
  return { consumer, cluster };
}
