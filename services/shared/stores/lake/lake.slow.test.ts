import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLake } from './open-lake';
import { describeLakeContract } from './testing/lake-contract';

const path = mkdtempSync(join(tmpdir(), 'muster-lake-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

describeLakeContract({ name: 'chDB', open: () => openLake({ path }) });

it('close ends queries that would run for long, and the process with them', async () => {
  const lake = await openLake({ path });
  const endless = Array.from({ length: 3 }, () =>
    lake
      .query('SELECT count() FROM numbers(10000000000000) WHERE number % 7 = 3', { maxExecutionSeconds: 50 })
      .catch((error: unknown) => error),
  );
  await lake.query('SELECT 1', { lane: 'analyst' });
  const started = Date.now();
  await lake.close();
  expect(Date.now() - started).toBeLessThan(40_000);
  for (const error of await Promise.all(endless))
    expect(error).toMatchObject({ name: 'LakeError', code: 'closed' });
});
