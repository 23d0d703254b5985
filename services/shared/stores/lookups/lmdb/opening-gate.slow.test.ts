import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openLmdbLookups } from './open-lmdb-lookups';

const hook = join(__dirname, '../../../testing/ts-node-hook.cjs');
const program = join(__dirname, 'testing', 'opening-child.ts');
const run = promisify(execFile);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-opening-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function child(role: 'count' | 'open'): Promise<number> {
  const { stdout } = await run(process.execPath, ['-r', hook, program, dir, role, '4000']);
  return Number(stdout);
}

test('processes that open the lookups take no commit of others back', async () => {
  const counts = await Promise.all([child('count'), child('count'), child('open')]);
  expect(Math.min(...counts)).toBeGreaterThan(10);
});

test('a process may open the lookups again while it writes', async () => {
  const one = await openLmdbLookups({ dir });
  const writing = Promise.all(Array.from({ length: 50 }, () => one.counters.add('n', 1)));
  const two = await openLmdbLookups({ dir });
  await writing;
  expect(await two.counters.add('n', 1)).toBe(51);
  await two.close();
  expect(await one.counters.add('n', 1)).toBe(52);
  await one.close();
});
