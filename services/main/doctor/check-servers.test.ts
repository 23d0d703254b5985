import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Config } from '../../shared/runtime/config';
import { checkServers } from './check-servers';

const findings = (config: Partial<Config>) => checkServers(config as Config);

test('servers that are set are named one by one, those that do not answer with a remedy, and no password', async () => {
  // Takes connections, and closes each with something that no protocol begins with.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('?\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findings({})).toEqual([]);
  const found = await findings({
    kafkaBrokers: [`plaintext://127.0.0.1:${port}`, '127.0.0.1:1'],
    clickhouseUrl: `http://me:secret@127.0.0.1:${port}/`,
    redisUrl: `redis://me:secret@127.0.0.1:${port},[::1]:1`,
    postgresUrl: 'postgres://me:secret@127.0.0.1:1/muster',
  });
  const answersWrongly = `127.0.0.1:${port} takes connections, but does not answer as it should: `;
  expect(found.map(({ what, level, detail }) => [what, level, detail])).toEqual([
    ['KAFKA_BROKERS', 'wrong', expect.stringContaining(answersWrongly)],
    ['KAFKA_BROKERS', 'wrong', '127.0.0.1:1: ECONNREFUSED'],
    ['CLICKHOUSE_URL', 'wrong', expect.stringContaining(answersWrongly)],
    ['REDIS_URL', 'wrong', expect.stringContaining(answersWrongly)],
    ['REDIS_URL', 'wrong', expect.stringMatching(/^::1:1: E/)],
    ['POSTGRES_URL', 'wrong', '127.0.0.1:1: ECONNREFUSED'],
  ]);
  for (const { remedy } of found) expect(remedy).not.toBe(undefined);
  expect(JSON.stringify(found)).not.toContain('secret');
  server.close();
});
