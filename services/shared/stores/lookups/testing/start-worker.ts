import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Job, JobResult } from './worker';

const TS_HOOK = join(__dirname, '..', '..', '..', 'testing', 'ts-node-hook.cjs');

export interface Worker {
  run(job: Job): Promise<JobResult>;
  close(): Promise<void>;
}

/**
 * Starts a process that opens LOOKUPS by itself.
 * @param modulePath a module that exports `open(options): Promise<Lookups>`.
 */
export async function startWorker({
  modulePath,
  options,
}: {
  modulePath: string;
  options: unknown;
}): Promise<Worker> {
  const child = fork(join(__dirname, 'worker.ts'), [modulePath, JSON.stringify(options)], {
    execArgv: ['--require', TS_HOOK],
  });
  await nextMessage(child);
  return {
    async run(job) {
      const answer = nextMessage(child);
      child.send(job);
      const { result, error } = await answer;
      if (result === undefined) throw new Error(error);
      return result;
    },
    async close() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await exited;
    },
  };
}

function nextMessage(child: ChildProcess): Promise<{ result?: JobResult; error?: string }> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the worker ended with status ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as { result?: JobResult; error?: string });
    });
  });
}
