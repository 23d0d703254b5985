import pino from 'pino';
import { type Engines, openEngines } from '../testing/engines';
import { raiseCounters } from './raise-counters';

let engines: Engines;
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.close());

const raise = () => raiseCounters({ ...engines.common(), logger: pino({ level: 'silent' }) });

it('an empty lake leaves the counters where they are', async () => {
  const { catalog } = engines;
  const before = await catalog.nextBlock('iid', 3);
  await raise();
  expect(await catalog.nextBlock('iid', 1)).toBe(before + 3);
});

it('after a restored catalog no number is given out that the lake has', async () => {
  const { catalog, lake } = engines;
  await lake.insert({
    table: 'identity_rows',
    columns: ['identity', 'iid', 'kind', 'linked_at', 'source'],
    rows: [['maid:restored', 900_000, 'maid', 1, 'test']],
    token: 'identity',
  });
  await lake.insert({
    table: 'person_rows',
    columns: ['iid', 'uid', 'seq'],
    rows: [[900_000, 900_000, 700_000]],
    token: 'person',
  });
  await lake.insert({
    table: 'membership_rows',
    columns: ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
    rows: [[600, 900_000, 1, 2, 800_000, 0]],
    token: 'membership',
  });
  await raise();
  for (const [counter, highest] of Object.entries({
    iid: 900_000, people: 700_000, membership_seq: 800_000, audience: 600,
  })) expect([counter, await catalog.nextBlock(counter, 1)]).toEqual([counter, highest + 1]); // prettier-ignore
});
