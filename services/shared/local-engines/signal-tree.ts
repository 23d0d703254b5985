import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Sends a signal to a process and all that it has started, the process first. Linux only. */
export function signalTree({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) throw new Error('the process was not started');
  signalBelow(pid, signal);
}

function signalBelow(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').filter(Boolean)) signalBelow(Number(child), signal);
  } catch (error) {
    // It has ended meanwhile.
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
