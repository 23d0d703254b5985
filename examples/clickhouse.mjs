/** The lake by ClickHouse's own client, with an analyst's key that is revoked at the end. */
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { API, call } from './platform.mjs';

const { id, key } = await call('POST', `${API}/v1/keys`, { role: 'analyst', name: 'example' });
const client = createClient({
  url: API,
  pathname: '/clickhouse',
  database: 'muster',
  password: key,
  log: { level: ClickHouseLogLevel.OFF },
});

const tables = await client.query({ query: 'SHOW TABLES', format: 'JSONEachRow' });
console.log('tables:', (await tables.json()).map(({ name }) => name).join(', '));

const events = await client.query({
  query:
    'SELECT type, count() AS events FROM events WHERE at > {since:DateTime64(3)} GROUP BY type ORDER BY events DESC',
  query_params: { since: new Date(Date.now() - 86_400_000) },
  format: 'JSONEachRow',
});
console.log('events of the last day:', await events.json());

try {
  await client.query({ query: 'SELECT * FROM system.processes' });
  throw new Error('that should have been refused');
} catch (error) {
  if (error.type !== 'ACCESS_DENIED') throw error;
  console.log('not for analysts:', error.message);
}

await client.close();
await call('DELETE', `${API}/v1/keys/${id}`);
