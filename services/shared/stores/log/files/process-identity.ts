import { readFileSync } from 'node:fs';
import { errorCode } from './error-code';

/** A process, told apart from a later one with the same number by its start. */
export interface ProcessIdentity {
  pid: number;
  /** Start in ticks since boot on Linux; empty elsewhere, where the number alone decides. */
  startedAt: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) };
}

/** False only when the process is surely gone (on this host, in this pid namespace). */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return errorCode(error) === 'EPERM';
  }
  const startedAt = startOf(identity.pid);
  return startedAt !== 'dead' && startedAt === identity.startedAt;
}

function startOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, so count fields behind the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    // Killed but not yet waited for by its parent: it will never run again.
    return state === 'Z' || state === 'X' ? 'dead' : (fields[19] ?? '');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return 'dead';
    throw error;
  }
}
