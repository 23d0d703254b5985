import type { LogEntry } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaLogOptions } from './kafka-options';

/** Of one request; an append that needs longer is tried again until its own time is over. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Nothing connects yet. */
export function createClient({ brokers, clientId = 'muster', ssl, sasl, logger }: KafkaLogOptions): Kafka {
  return new Kafka({
    brokers,
    clientId,
    ssl,
    sasl,
    connectionTimeout: 5_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logger ? logLevel.INFO : logLevel.NOTHING,
    logCreator: () => (entry) => logger && writeEntry(logger, entry),
  });
}

/** A joining or pausing consumer is no news to an operator: what kafkajs calls information is detail here. */
function writeEntry(logger: Logger, { level, namespace, log: { message, ...details } }: LogEntry): void {
  // Our producers are thrown away after a failure, so their retries may well be limited.
  if (message.startsWith('Limiting retries for the idempotent producer')) return;
  const fields = { kafka: { ...details, timestamp: undefined, logger: undefined }, namespace };
  if (level === logLevel.ERROR) logger.error(fields, message);
  else if (level === logLevel.WARN) logger.warn(fields, message);
  else logger.debug(fields, message);
}
