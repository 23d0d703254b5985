/** Addresses of the servers that `npm run test:engines` has started, by the variable that would name them. */
export const ENGINE_ADDRESSES = {
  KAFKA_BROKERS: 'MUSTER_TEST_KAFKA_BROKERS',
  CLICKHOUSE_URL: 'MUSTER_TEST_CLICKHOUSE_URL',
  REDIS_URL: 'MUSTER_TEST_REDIS_URL',
  REDIS_CLUSTER_URL: 'MUSTER_TEST_REDIS_CLUSTER_URL',
  POSTGRES_URL: 'MUSTER_TEST_POSTGRES_URL',
} as const;

/** Throws where the server was not started: a test that needs it fails. */
export function engineUrl(variable: keyof typeof ENGINE_ADDRESSES): string {
  const url = process.env[ENGINE_ADDRESSES[variable]];
  if (url === undefined)
    throw new Error(`${variable}: no such server was started; run this by "npm run test:engines"`);
  return url;
}
