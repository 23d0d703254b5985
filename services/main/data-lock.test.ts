import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDirectory, waitForDataLock } from './data-lock';

const dataDir = mkdtempSync(join(tmpdir(), 'muster-lock-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

/** Another process that holds the lock until it is killed. */
async function holder(name: string) {
  const script = `
    const { lockDataDirectory } = require(${JSON.stringify(join(__dirname, 'data-lock.ts'))});
    console.log(lockDataDirectory(${JSON.stringify(dataDir)}, '${name}').ok);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, [
    '-r',
    join(__dirname, '../shared/testing/ts-node-hook.cjs'),
    '-e',
    script,
  ]);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('true');
  return child;
}

test('one process at a time; kill -9 leaves nothing to clean up', async () => {
  const child = await holder('one');
  expect(lockDataDirectory(dataDir, 'one')).toEqual({ ok: false, holder: `process ${child.pid}` });
  expect(lockDataDirectory(dataDir, 'another').ok).toBe(true);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  expect(lockDataDirectory(dataDir, 'one').ok).toBe(true);
});

test('waits for a holder that is on its way out, and says who holds on', async () => {
  const child = await holder('two');
  await expect(waitForDataLock(dataDir, 'two', 100)).rejects.toThrow(`in use by process ${child.pid}`);
  setTimeout(() => child.kill('SIGKILL'), 100);
  (await waitForDataLock(dataDir, 'two', 30_000))();
});
