import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAlive, thisProcess } from './process-identity';

test('this process lives', () => {
  expect(isAlive(thisProcess())).toBe(true);
});

test('a later process with the same number is another one', () => {
  expect(isAlive({ ...thisProcess(), startedAt: '1' })).toBe(process.platform !== 'linux');
});

test('a killed process is dead', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  expect(pid).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive({ pid, startedAt: '' })).toBe(false);
});
