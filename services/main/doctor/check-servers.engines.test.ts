import type { Config } from '../../shared/runtime/config';
import { engineUrl } from '../../shared/testing/engines/engine-url';
import { checkServers } from './check-servers';

test('servers that are well: how fast each answers, its version, its clock, its schema', async () => {
  const found = await checkServers({
    kafkaBrokers: engineUrl('KAFKA_BROKERS').split(','),
    clickhouseUrl: engineUrl('CLICKHOUSE_URL'),
    redisUrl: engineUrl('REDIS_URL'),
    postgresUrl: engineUrl('POSTGRES_URL'),
  } as Config);
  expect(found.filter(({ level, what }) => level !== 'ok' && what !== 'REDIS_URL')).toEqual([]);
  const details = (what: string) =>
    found.filter((finding) => finding.what === what).map(({ detail }) => detail);
  for (const variable of ['CLICKHOUSE_URL', 'REDIS_URL', 'POSTGRES_URL']) {
    expect(details(variable)[0]).toMatch(/answers in [\d.]+ ms \(\d+\.\d/);
    expect(details(`clock of ${variable}`)).toEqual([
      expect.stringMatching(/^\d+ ms (behind|ahead of) this host$/),
    ]);
  }
  expect(details('KAFKA_BROKERS')[0]).toMatch(/answers in [\d.]+ ms \(1 broker\)/);
  expect(details('schema of clickhouse')).toHaveLength(1);
  expect(details('schema of postgres')).toHaveLength(1);
});

test('a wrong password is told from a server that is away, and is not repeated', async () => {
  const postgresUrl = new URL(engineUrl('POSTGRES_URL'));
  postgresUrl.username = 'nobody-of-that-name';
  postgresUrl.password = 'not-the-password';
  const [finding] = await checkServers({ postgresUrl: postgresUrl.href } as Config);
  expect(finding).toMatchObject({ level: 'wrong', what: 'POSTGRES_URL' });
  expect(finding?.detail).toContain('does not answer as it should');
  expect(JSON.stringify(finding)).not.toContain('not-the-password');
});
