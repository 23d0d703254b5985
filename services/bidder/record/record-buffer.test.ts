import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import { RECORD_BYTES_MAX, type AppendRecord, type Log } from '../../shared/stores/log/log';
import { loadTopics } from '../../shared/stores/log/topics';
import { RecordBuffer, type RecordBufferOptions } from './record-buffer';

let dir: string;
let log: Log;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-records-'));
  log = await openFileLog({ dir, topics: loadTopics() });
});
afterEach(async () => {
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

function bufferOver(
  appending: Pick<Log, 'append'>,
  limits: Partial<RecordBufferOptions> = {},
  lines: object[] = [],
): RecordBuffer {
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as object) });
  return new RecordBuffer({ log: appending, logger, ...limits });
}

const record = (id: string, bytes = 0): string => JSON.stringify({ id, padding: '.'.repeat(bytes) });

interface Stored {
  partition: number;
  id: string;
  resent?: boolean;
}

async function stored(): Promise<Stored[]> {
  const found: Stored[] = [];
  for (let partition = 0; partition < log.partitions('bids'); partition++) {
    for (const { value } of await log.read('bids', partition, 0, Number.MAX_SAFE_INTEGER, 1_000)) {
      found.push({ partition, ...(JSON.parse(value.toString()) as Omit<Stored, 'partition'>) });
    }
  }
  return found;
}

/** Refuses the first appends; of those that lose their answer, what was appended is in the log. */
function refusing(count: number, { isStored }: { isStored: boolean }): Pick<Log, 'append'> {
  let left = count;
  return {
    append: async (topic, records: AppendRecord[]) => {
      const isRefused = left-- > 0;
      if (!isRefused || isStored) await log.append(topic, records);
      if (isRefused) throw new Error('no answer');
    },
  };
}

test('a record that is too large for the log is dropped, counted and told once, and keeps no other one back', async () => {
  const lines: object[] = [];
  const buffer = bufferOver(log, {}, lines);
  buffer.add(record('before'));
  buffer.add(record('large', RECORD_BYTES_MAX));
  buffer.add(record('larger', RECORD_BYTES_MAX + 1));
  buffer.add(record('after'));
  await buffer.close();
  expect((await stored()).map(({ id }) => id)).toEqual(['before', 'after']);
  expect(buffer.dropped).toBe(2);
  expect(buffer.depth).toBe(0);
  expect(lines).toHaveLength(1);
});

test('the largest record that is taken fits the log, also when it is appended again', async () => {
  const buffer = bufferOver(refusing(1, { isStored: false }));
  for (let bytes = RECORD_BYTES_MAX; buffer.depth === 0; bytes--) buffer.add(record('largest', bytes));
  await buffer.flush();
  await buffer.close();
  expect(await stored()).toMatchObject([{ id: 'largest', resent: true }]);
});

test('records that wait are bounded by number and by bytes, and what is over either is counted', async () => {
  const down = { append: () => Promise.reject(new Error('down')) };
  const few = bufferOver(down, { recordsMax: 2 });
  for (const id of ['a', 'b', 'c']) few.add(record(id));
  expect([few.depth, few.dropped]).toEqual([2, 1]);
  await few.flush();
  few.add(record('d'));
  expect([few.depth, few.dropped]).toEqual([2, 2]);
  await few.close();

  const light = bufferOver(log, { bytesMax: 1_000 });
  for (const id of ['a', 'b', 'c']) light.add(record(id, 400));
  expect([light.depth, light.dropped]).toEqual([2, 1]);
  await light.flush();
  light.add(record('d', 900));
  expect([light.depth, light.dropped]).toEqual([1, 1]);
  await light.close();
  expect((await stored()).map(({ id }) => id).sort()).toEqual(['a', 'b', 'd']);
});

test('what is appended again is marked, and lies behind its first copy in one partition', async () => {
  const buffer = bufferOver(refusing(2, { isStored: true }));
  buffer.add(record('a'));
  buffer.add(record('b'));
  await buffer.flush();
  await buffer.flush();
  buffer.add(record('new'));
  await buffer.close();
  const all = await stored();
  const batch = all.filter(({ id }) => id !== 'new').map(({ id, resent = false }) => ({ id, resent }));
  const copy = (resent: boolean) => ['a', 'b'].map((id) => ({ id, resent }));
  expect(batch).toEqual([...copy(false), ...copy(true), ...copy(true)]);
  expect(new Set(all.filter(({ id }) => id !== 'new').map(({ partition }) => partition)).size).toBe(1);
  expect(all.find(({ id }) => id === 'new')!.resent).toBeUndefined();
});

test('a batch that is refused does not keep newer records back', async () => {
  const appended: string[] = [];
  const buffer = bufferOver({
    append: async (_, records) => {
      const ids = records.map(({ value }) => (JSON.parse(value.toString()) as Stored).id);
      if (ids.includes('stuck')) throw new Error('its partition is down');
      appended.push(...ids);
    },
  });
  buffer.add(record('stuck'));
  await buffer.flush();
  buffer.add(record('newer'));
  await buffer.flush();
  expect(appended).toEqual(['newer']);
  expect(buffer.depth).toBe(1);
  await buffer.close();
});
