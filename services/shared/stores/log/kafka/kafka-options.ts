import type { SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from 'pino';
import type { Topics } from '../topics';

export interface KafkaLogOptions {
  /** `host:port` of some brokers; the others are found through them. */
  brokers: string[];
  topics: Topics;
  logger?: Logger;
  /** Named in the brokers' logs and quotas. @default "muster" */
  clientId?: string;
  /** Before every topic and group, so that several installations can share a cluster. @default "" */
  topicPrefix?: string;
  /** Of topics that are created here; those that exist keep theirs. @default as many as there are brokers, 3 at most */
  replicationFactor?: number;
  /** `true` for the system's certificate authorities. @default no TLS */
  ssl?: ConnectionOptions | boolean;
  sasl?: SASLOptions;
  /**
   * A consumer that is not heard of for this long loses its partitions; one that has a batch in hand when others come
   * or go may take five times as long to finish it. The brokers have limits of their own, 6 s to 30 min.
   * @default 10_000
   */
  sessionTimeoutMs?: number;
}
