import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const hook = join(__dirname, '../../../../testing/ts-node-hook.cjs');

export interface Child {
  pid: number;
  /** kill -9, and wait until the process is gone. */
  kill(): Promise<void>;
}

/** Starts a program of this folder in a process of its own. Its complaints fail the test that `judge`s them. */
export async function startChild(program: string, args: string[], complaints: string[]): Promise<Child> {
  const child = spawn(process.execPath, ['-r', hook, join(__dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isKilled = false;
  child.stderr.on('data', (data: Buffer) => complaints.push(`${program}: ${data.toString()}`));
  child.on('exit', (code) => {
    if (!isKilled) complaints.push(`${program} ended by itself with ${code}`);
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      isKilled = true;
      await killed(child);
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
