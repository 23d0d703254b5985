import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Config } from '../../shared/runtime/config';
import { checkServers } from './check-servers';

const findings = (config: Partial<Config>) => checkServers(config as Config);

test('servers that are set are named one by one, those that nobody answers at with a remedy, and no password', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findings({})).toEqual([]);
  const found = await findings({
    kafkaBrokers: [`sasl_ssl://me:secret@127.0.0.1:${port}`, '127.0.0.1:1'],
    clickhouseUrl: `http://me:secret@127.0.0.1:${port}/`,
    redisUrl: `redis://me:secret@127.0.0.1:${port},[::1]:1`,
    postgresUrl: 'postgres://me:secret@127.0.0.1:1/muster',
  });
  expect(found.map(({ what, ok, detail }) => [what, ok, detail])).toEqual([
    ['KAFKA_BROKERS', true, `127.0.0.1:${port} takes connections`],
    ['KAFKA_BROKERS', false, '127.0.0.1:1: ECONNREFUSED'],
    ['CLICKHOUSE_URL', true, `127.0.0.1:${port} takes connections`],
    ['REDIS_URL', true, `127.0.0.1:${port} takes connections`],
    ['REDIS_URL', false, expect.stringMatching(/^::1:1: E/)],
    ['POSTGRES_URL', false, '127.0.0.1:1: ECONNREFUSED'],
  ]);
  expect(JSON.stringify(found)).not.toContain('secret');
  server.close();
});
