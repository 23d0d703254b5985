import { fork } from 'node:child_process';
import { join } from 'node:path';
import { environmentWith } from '../../services/shared/runtime/config';
import { V8_FLAGS } from '../../services/shared/runtime/v8-flags';
import type { Bench, Say } from '../bench';
import type { BenchRequest } from './benches';
import type { FromWorker, ToWorker } from './messages';

export interface RevisionWorkerOptions {
  /** A checkout that was built. */
  root: string;
  /** Where libraries of the load test are found that the checkout itself does not have. */
  fallbackModules: string;
  request: BenchRequest;
  say: Say;
}

/** A bench in a process of its own that runs the code of another checkout. */
export async function openInRevision(options: RevisionWorkerOptions): Promise<Bench> {
  const { root, fallbackModules, request, say } = options;
  const child = fork(join(root, 'dist', 'loadtest', 'compare', 'worker.js'), [], {
    execArgv: V8_FLAGS,
    env: environmentWith({ NODE_PATH: fallbackModules }),
    serialization: 'advanced',
  });
  const ask = (message: ToWorker): Promise<FromWorker> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        child.off('message', heard);
        child.off('exit', ended);
      };
      const heard = (answer: FromWorker): void => {
        if (answer.is === 'say') return say(answer.line);
        stop();
        if (answer.is === 'failed') reject(new Error(`${root}: ${answer.message}`));
        else resolve(answer);
      };
      const ended = (status: number | null, signal: string | null): void => {
        stop();
        reject(new Error(`the worker in ${root} ended with ${signal ?? `status ${status}`}`));
      };
      child.on('message', heard);
      child.on('exit', ended);
      child.send(message);
    });
  try {
    await ask({ do: 'open', request });
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    round: async (n) => {
      const answer = await ask({ do: 'round', n });
      if (answer.is !== 'round') throw new Error(`a round was answered with ${answer.is}`);
      return answer.round;
    },
    close: async () => {
      await ask({ do: 'close' });
      child.disconnect();
    },
  };
}
