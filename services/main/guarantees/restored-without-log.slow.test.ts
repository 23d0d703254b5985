import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../shared/testing/eventually';
import { RunningPlatform } from '../testing/running-platform';

const TIMEOUT_MS = 240_000;
const EVENTS = 40;

let platform: RunningPlatform;
let key: string;

beforeAll(async () => {
  platform = await RunningPlatform.start();
  await platform.call('POST', '/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
  ({ key } = await platform.call<{ key: string }>('POST', '/v1/keys', { role: 'publisher:daily' }));
}, TIMEOUT_MS);

afterAll(async () => {
  await platform?.stop();
  await platform?.dispose();
}, TIMEOUT_MS);

/** One request each, so that many ranges of the log are planned and stored. */
async function send(run: string): Promise<void> {
  for (let n = 0; n < EVENTS; n++) {
    const event = { id: `${run}-${n}`, identities: ['customer:daily:c1'], type: 'purchase', value: 1 };
    const answer = await fetch(`${platform.collector}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    });
    expect(answer.status).toBe(202);
  }
}

async function stored(count: number): Promise<void> {
  await eventually(async () => {
    const rows = await platform.sql<{ rows: number; events: number }>(
      'SELECT toFloat64(count()) AS rows, toFloat64(uniqExact(event_id)) AS events FROM events',
    );
    expect(rows).toEqual([{ rows: count, events: count }]);
  });
}

test(
  'beside restored CATALOG and LAKE a new LOG loses nothing: every accepted event is in ClickHouse exactly once',
  async () => {
    await send('before');
    await stored(EVENTS);
    expect(await platform.stop()).toBe(0);
    for (const store of ['log', 'lookups'])
      await rm(join(platform.dataDir, store), { recursive: true, force: true });
    platform.spawn();
    await platform.ready();
    await send('after');
    await stored(2 * EVENTS);
  },
  TIMEOUT_MS,
);
