import { Kafka, logLevel } from 'kafkajs';
import { PROBE_MS, type ServerProbe } from '../../server-probe';
import { parseKafkaBrokers } from './kafka-address';

/** Looks at a Kafka cluster through one of its brokers. Rejects with the client's error when that does not answer in 5 s. */
export async function probeKafka(brokers: readonly string[], broker: string): Promise<ServerProbe> {
  const { ssl, sasl } = parseKafkaBrokers(brokers);
  const kafka = new Kafka({
    brokers: [broker],
    clientId: 'muster-doctor',
    ssl,
    sasl,
    connectionTimeout: PROBE_MS,
    requestTimeout: PROBE_MS,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const startedAt = performance.now();
    const cluster = await admin.describeCluster();
    const tookMs = performance.now() - startedAt;
    const hasController = cluster.controller !== null && cluster.controller >= 0;
    return {
      version: `${cluster.brokers.length} ${cluster.brokers.length === 1 ? 'broker' : 'brokers'}`,
      tookMs,
      faults: hasController
        ? []
        : [{ detail: 'the cluster has no controller', remedy: 'look at the log of its brokers' }],
    };
  } finally {
    await admin.disconnect();
  }
}
