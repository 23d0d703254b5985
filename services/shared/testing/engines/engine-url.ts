export type EngineVariable =
  'KAFKA_BROKERS' | 'CLICKHOUSE_URL' | 'REDIS_URL' | 'REDIS_CLUSTER_URL' | 'POSTGRES_URL';

/** Prefix that keeps the addresses from reaching a platform that a test starts on embedded engines. */
export const PREFIX = 'MUSTER_TEST_';

/** Address of a server that `npm run test:engines` has started. Throws where it was not: a test that needs it fails. */
export function engineUrl(variable: EngineVariable): string {
  const url = process.env[PREFIX + variable];
  if (url === undefined)
    throw new Error(`${variable}: no such server was started; run this by "npm run test:engines"`);
  return url;
}

/** Name of a real ClickHouse cluster behind `CLICKHOUSE_URL`, where an operator has given one. */
export function clickHouseCluster(): string | undefined {
  return process.env[`${PREFIX}CLICKHOUSE_CLUSTER`];
}
