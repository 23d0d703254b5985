import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { records, record, testTopics, texts, eventually } from '../testing/log-harness';
import type { Log } from '../log';
import { openFileLog } from './open-file-log';

const BASE = 179_000_000_000_000;

let dir: string;
const opened: Log[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-log-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
  await rm(dir, { recursive: true, force: true });
});

async function open(firstOffset?: number): Promise<Log> {
  const log = await openFileLog({ dir, topics: testTopics, firstOffset });
  opened.push(log);
  return log;
}

async function positionOf(log: Log): Promise<object | undefined> {
  return (await log.positions('readers', ['syncs']))[0];
}

test('a new log begins where it is told to; groups, reads and commits go on from there', async () => {
  const log = await open(BASE);
  expect(await positionOf(log)).toMatchObject({ committed: BASE, end: BASE });
  await log.append('syncs', records('k', [1, 2, 3]));
  const { done } = await record(log, { topics: ['syncs'] });
  await eventually(() => texts(done).length === 3, 'all records');
  await eventually(
    async () => ((await positionOf(log)) as { committed: number }).committed === BASE + 3,
    'the commit',
  );
  expect((await log.read('syncs', 0, BASE + 1, BASE + 3, 10)).map(({ offset }) => offset)).toEqual([
    BASE + 1,
    BASE + 2,
  ]);
});

test('whoever opens it later, or at the same moment, is told the same', async () => {
  const logs = await Promise.all([open(BASE), open(BASE + 1_000), open()]);
  const places = await Promise.all(logs.map(positionOf));
  expect(places).toEqual([places[0], places[0], places[0]]);
  await logs[2].append('syncs', records('k', [1]));
  expect(await positionOf(await open(BASE + 5_000))).toMatchObject({ committed: BASE, end: BASE + 1 });
});

test('a log of before there was such a thing goes on with 0', async () => {
  await mkdir(join(dir, 'syncs', '0'), { recursive: true });
  expect(await positionOf(await open(BASE))).toMatchObject({ committed: 0, end: 0 });
});

test('what it was begun with cannot be made up where it is broken', async () => {
  await writeFile(join(dir, 'first-offset'), 'x');
  await expect(open(BASE)).rejects.toThrow('holds no offset');
});
