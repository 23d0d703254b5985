import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Say } from '../bench';
import { V8_FLAGS } from '../../services/shared/runtime/v8-flags';

export interface Pinned {
  port: number;
  child: ChildProcess;
  stop(): void;
}

const SERVER_CORE = 0;
const LOAD_CORE = 1;

export interface Cores {
  /** Of the servers; undefined where processes cannot be bound to one. */
  server: number | undefined;
  /** Binds this process, from which the load comes, to another. */
  pinLoad(): void;
}

/** One core for what is measured and one for the load; says so where that is not possible. */
export function splitCores(say: Say): Cores {
  if (spawnSync('taskset', ['--version']).status === 0)
    return { server: SERVER_CORE, pinLoad: () => pin(process.pid, LOAD_CORE) };
  say('taskset is not here: server and load share the cores, numbers are only a hint');
  return { server: undefined, pinLoad: () => undefined };
}

function pin(pid: number, core: number): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
  if (status !== 0) throw new Error(`taskset: ${stderr.toString()}`);
}

/** Forks one of `loadtest/servers` onto a core; resolves when it told its port. */
export async function startPinned(name: string, args: string[], core: number | undefined): Promise<Pinned> {
  const child = fork(join(__dirname, '..', 'servers', `${name}.js`), args, { execArgv: V8_FLAGS });
  if (core !== undefined && child.pid !== undefined) pin(child.pid, core);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${name} ended with status ${code}`)));
  });
  // Threads that were started meanwhile are bound as well.
  if (core !== undefined && child.pid !== undefined) pin(child.pid, core);
  return { port, child, stop: () => child.kill('SIGKILL') };
}
