import type { SASLOptions } from 'kafkajs';

export interface KafkaAddress {
  /** `host:port` each. */
  brokers: string[];
  ssl: boolean;
  sasl?: SASLOptions;
}

const FORM =
  /^(?:(?<protocol>plaintext|ssl|sasl_plaintext|sasl_ssl)(?:\+(?<mechanism>plain|scram-sha-256|scram-sha-512))?:\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]+)@)?)?(?<broker>[^@/]+)$/;

/**
 * Reads `[protocol[+mechanism]://[user:password@]]host:port[,host:port…]`, already cut at the commas. Protocols are
 * Kafka's own: plaintext (the default), ssl, sasl_plaintext, sasl_ssl; the mechanism is scram-sha-512 unless it says
 * plain or scram-sha-256. User and password are percent-encoded. Throws an error that names KAFKA_BROKERS and never repeats
 * what it holds.
 */
export function parseKafkaBrokers([first = '', ...others]: readonly string[]): KafkaAddress {
  const { protocol = 'plaintext', mechanism, user, password, broker } = FORM.exec(first)?.groups ?? {};
  if (broker === undefined || others.some((other) => !/^[^@/]+$/.test(other)))
    throw new Error('KAFKA_BROKERS must look like sasl_ssl://user:password@host:port,host:port');
  const isSasl = protocol.startsWith('sasl');
  if (isSasl !== (user !== undefined))
    throw new Error(`KAFKA_BROKERS: ${protocol} goes ${isSasl ? 'with' : 'without'} user and password`);
  const brokers = [broker, ...others];
  const ssl = protocol.endsWith('ssl');
  if (user === undefined || password === undefined) return { brokers, ssl };
  const login = { username: decodeURIComponent(user), password: decodeURIComponent(password) };
  switch (mechanism) {
    case 'plain':
      return { brokers, ssl, sasl: { mechanism: 'plain', ...login } };
    case 'scram-sha-256':
      return { brokers, ssl, sasl: { mechanism: 'scram-sha-256', ...login } };
    default:
      return { brokers, ssl, sasl: { mechanism: 'scram-sha-512', ...login } };
  }
}
