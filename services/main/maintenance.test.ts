import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Lake } from '../shared/stores/lake/lake';
import { openLake } from '../shared/stores/lake/open-lake';
import { startMaintenance } from './maintenance';

const directory = mkdtempSync(join(tmpdir(), 'muster-maintenance-'));
let lake: Lake;

beforeAll(async () => {
  lake = await openLake({ path: join(directory, 'lake') });
});
afterAll(async () => {
  await lake.close();
  rmSync(directory, { recursive: true });
});

test('months that are wholly older than the retention are dropped, and only those', async () => {
  for (const at of ['2026-01-31 23:59:59.000', '2026-02-01 00:00:00.000', '2026-05-02 12:00:00.000'])
    await lake.command(
      `INSERT INTO dead_letters (source, at, reason, detail, record) VALUES ('test', '${at}', 'test', '', '')`,
    );
  // Partitioned by audience: a number that looks like an old month must not be taken for one.
  await lake.command('INSERT INTO membership_rows (audience, uid) VALUES (202501, 1)');
  const retained: number[] = [];
  const now = Date.UTC(2026, 4, 3);
  const maintenance = startMaintenance({
    log: { enforceRetention: async (nowMs) => void retained.push(nowMs) },
    lake,
    // Reaches back into February.
    retentionDays: 80,
    logger: pino({ level: 'silent' }),
    now: () => now,
  });
  await maintenance.close();
  expect(retained).toEqual([now]);
  expect(await lake.query('SELECT toString(toDate(at)) AS day FROM dead_letters ORDER BY at')).toEqual([
    { day: '2026-02-01' },
    { day: '2026-05-02' },
  ]);
  expect(await lake.numbers('SELECT toUInt64(count()) FROM membership_rows')).toEqual([1]);
});
