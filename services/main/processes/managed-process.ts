import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../../shared/runtime/logger';
import type { Question, ToChild, ToSupervisor } from './messages';
import { RestartDelay } from './restart-delay';

export interface ManagedProcessOptions {
  /** Named in logs and in readiness: `platform`, `collector`, `bidder-1`. */
  name: string;
  fork: () => ChildProcess;
  logger: Logger;
  /** Messages that are not an answer. */
  onMessage?: (message: ToSupervisor, child: ChildProcess) => void;
  onExit?: (child: ChildProcess) => void;
  now?: () => number;
}

interface Ending {
  code?: number | null;
  signal?: NodeJS.Signals | null;
  err?: Error;
}

const DRAINED_DELAY_MS = 250;

interface PendingQuestion {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One kind of child, kept alive: whenever it dies without being asked to, it is started again. */
export class ManagedProcess {
  readonly name: string;
  readonly #options: ManagedProcessOptions;
  readonly #now: () => number;
  readonly #delay = new RestartDelay();
  readonly #pending = new Map<number, PendingQuestion>();
  #child: ChildProcess | undefined;
  #nextId = 1;
  #restarts = 0;
  #stopping = false;
  #restart: NodeJS.Timeout | undefined;
  #whenGone: (() => void) | undefined;

  constructor(options: ManagedProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Times it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  get up(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const { fork, logger, onMessage, onExit } = this.#options;
    const startedAt = this.#now();
    const child = fork();
    this.#child = child;
    logger.debug({ child: this.name, childPid: child.pid }, 'child started');

    let gone = false;
    const end = (how: Ending): void => {
      if (gone) return;
      gone = true;
      this.#child = undefined;
      for (const question of this.#pending.values()) question.reject(new Error('not running'));
      this.#pending.clear();
      onExit?.(child);
      this.#ended(how, this.#now() - startedAt);
    };
    child.on('message', (message: ToSupervisor) => {
      if (message.type === 'answer') this.#answered(message);
      else onMessage?.(message, child);
    });
    child.on('exit', (code, signal) => end({ code, signal }));
    // Also raised when a message cannot be delivered; only a child that never came to be has no pid.
    child.on('error', (error) => {
      if (child.pid === undefined) end({ err: error });
      else logger.debug({ err: error, child: this.name }, 'child cannot be reached');
    });
  }

  /** Rejects when the child is not running or does not answer in time. */
  ask(question: Question, timeoutMs: number): Promise<unknown> {
    const child = this.#child;
    if (child === undefined || !child.connected) return Promise.reject(new Error('not running'));
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error('does not answer'))), timeoutMs);
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
        how();
      };
      this.#pending.set(id, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      });
      const message: ToChild = { type: 'ask', id, question };
      child.send(message, (error) => {
        if (error !== null) this.#pending.get(id)?.reject(error);
      });
    });
  }

  /** It is not started again from now on. */
  retire(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
  }

  /** Asks it to drain and waits; kills it when it takes longer. Answers whether it went by itself. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.retire();
    const child = this.#child;
    if (child === undefined) return true;
    const gone = new Promise<void>((resolve) => (this.#whenGone = resolve));
    let drained = true;
    const timer = setTimeout(() => {
      drained = false;
      child.kill('SIGKILL');
    }, timeoutMs);
    const message: ToChild = { type: 'drain' };
    if (child.connected) child.send(message, () => undefined);
    else child.kill('SIGTERM');
    await gone;
    clearTimeout(timer);
    return drained;
  }

  /** At once, without draining; it is not started again. */
  kill(): void {
    this.retire();
    this.#child?.kill('SIGKILL');
  }

  #answered(message: Extract<ToSupervisor, { type: 'answer' }>): void {
    // Absent: the answer came after the time-out.
    this.#pending.get(message.id)?.resolve(message.value);
  }

  #ended(how: Ending, livedMs: number): void {
    const { logger } = this.#options;
    if (this.#stopping) {
      logger.debug({ child: this.name, ...how }, 'child stopped');
      this.#whenGone?.();
      return;
    }
    // One that drained of itself got a signal, perhaps together with this process, which then is about to end too.
    const delayMs = Math.max(this.#delay.next(livedMs), how.code === 0 ? DRAINED_DELAY_MS : 0);
    logger.warn({ child: this.name, ...how, livedMs, delayMs }, 'child died, starting it again');
    this.#restarts += 1;
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}
