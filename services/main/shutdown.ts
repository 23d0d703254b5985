import type { Logger } from '../shared/runtime/logger';

const SIGNALS = { SIGTERM: 143, SIGINT: 130 } as const;
/** npm passes on a signal that the whole process group has got already: that is one signal, not two. */
const SAME_SIGNAL_MS = 250;
/** Everything has ended by then, or is made to. */
const LIMIT_MS = 9_500;

export interface ShutdownOptions {
  logger: Logger;
  /** Ends everything in order. */
  stop: () => Promise<void>;
  /** Ends everything at once. */
  kill: () => void;
  /** npm is between the user and this process. */
  underNpm: boolean;
}

/** First SIGTERM or SIGINT: drain, exit 0. A second one, or no end in time: exit at once, with 128 + signal. */
export function exitOnSignals({ logger, stop, kill, underNpm }: ShutdownOptions): void {
  let since: number | undefined;
  const atOnce = (status: number): never => {
    kill();
    process.exit(status);
  };
  const drain = (why: string): void => {
    since = performance.now();
    logger.info({ why }, 'stopping');
    setTimeout(() => atOnce(0), LIMIT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop in order');
        atOnce(1);
      },
    );
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (since === undefined) drain(signal);
      else if (!underNpm || performance.now() - since > SAME_SIGNAL_MS) atOnce(SIGNALS[signal]);
    });
  }
  // Started by another program of ours, as the demo does: it holds the other end.
  if (process.connected) process.on('disconnect', () => since === undefined && drain('the parent is gone'));
  if (underNpm) watchParent(() => since === undefined && drain('npm is gone'));
}

/** What a command starts is gone when the command is, also when npm is killed and cannot pass anything on. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
}
