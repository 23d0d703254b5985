import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLake } from './open-lake';

const HOOK = join(__dirname, '../../testing/ts-node-hook.cjs');
const WRITER = join(__dirname, 'testing/kill-writer-child.ts');
const KILLS = 6;

const path = mkdtempSync(join(tmpdir(), 'muster-kill-'));
afterAll(() => rmSync(path, { recursive: true, force: true }));

/** Runs a writer, kills it some moment after it began its third batch, answers the last batch begun. */
async function writeUntilKilled(from: number, delayMs: number): Promise<{ started: number; done: number }> {
  const child = spawn(process.execPath, ['-r', HOOK, WRITER, path, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes(`start ${from + 2}\n`)) timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  const signal = await new Promise((resolve) => child.once('exit', (_code, how) => resolve(how)));
  expect(signal).toBe('SIGKILL');
  const last = (word: string) =>
    Math.max(
      -1,
      ...[...output.matchAll(new RegExp(`${word} (\\d+)\\n`, 'g'))].map((found) => Number(found[1])),
    );
  return { started: last('start'), done: last('done') };
}

it('rows are in the lake exactly once after kill -9 in the middle of inserts', async () => {
  let next = 0;
  let cutOff = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { started, done } = await writeUntilKilled(next, 7 * kill);
    if (started > done) cutOff += 1;
    // Whoever wrote down the plan and not the commit replays the batch, done or not.
    next = Math.max(0, done);
  }
  const lake = await openLake({ path });
  const [found] = await lake.query<{ rows: string; distinct: string; highest: string }>(
    "SELECT count() AS rows, uniqExact(offset) AS distinct, max(offset) AS highest FROM event_rows WHERE type = 'kill' AND offset < {end:UInt64}",
    { params: { end: (next + 1) * 5_000 } },
  );
  await lake.close();
  expect(cutOff).toBeGreaterThan(0);
  expect(found).toEqual({
    rows: String((next + 1) * 5_000),
    distinct: found?.rows,
    highest: String((next + 1) * 5_000 - 1),
  });
}, 180_000);
