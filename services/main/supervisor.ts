import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { HttpServer } from '../shared/runtime/http-server';
import type { Logger } from '../shared/runtime/logger';
import { createRegistry, Gauge } from '../shared/runtime/metrics';
import { startOpsServer } from './ops-server';
import { ConnectionHandoff } from './processes/connection-handoff';
import { ManagedProcess } from './processes/managed-process';
import type { Role, RoleContext } from './roles';
import { V8_FLAGS } from '../shared/runtime/v8-flags';

/** Together below the 10 s in which everything must have ended. */
const DRAIN_MS: Record<Role, number> = {
  bidder: 2_500,
  collector: 2_500,
  platform: 4_000,
  api: 4_000,
  builder: 4_000,
  ingest: 4_000,
};
const ANSWER_MS = 2_000;

export interface SupervisorOptions {
  /** In the order in which they start; they are drained from the last to the first. */
  roles: readonly Role[];
  /** Worker processes of the role `bidder`. */
  bidders: number;
  host: string;
  bidderPort: number;
  opsPort: number;
  /** Environment of the children. */
  environment: Record<string, string>;
  logger: Logger;
  /** Module that a child of the role runs. @default the one of that name beside this one */
  entry?: (role: Role) => string;
}

/**
 * Starts the children and keeps them alive. It does no work of its own, so that nothing but a kill ends it;
 * and when it ends, the children see their IPC channel close and end too.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes: { role: Role; process: ManagedProcess }[] = [];
  #handoff: ConnectionHandoff | undefined;
  #ops: HttpServer | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves when all are forked and the ops port listens; rejects when a port of its own is taken. */
  async start(): Promise<void> {
    const { roles, bidders, host, bidderPort, opsPort, logger } = this.#options;
    if (roles.includes('bidder')) {
      this.#handoff = new ConnectionHandoff({ host, port: bidderPort, logger });
      await this.#handoff.listen();
    }
    for (const role of roles) {
      const count = role === 'bidder' ? bidders : 1;
      for (let id = 0; id < count; id++) this.#add(role, { id, count });
    }
    const processes = this.#processes.map(({ process }) => process);
    this.#ops = await startOpsServer({
      port: opsPort,
      processes,
      registry: this.#registry(processes),
      missing: () => this.missing(),
      logger,
    });
    for (const process of processes) process.start();
  }

  /** What is lacking, each with the process in front; empty: all are ready. */
  async missing(): Promise<string[]> {
    const lists = await Promise.all(
      this.#processes.map(async ({ process }) => {
        try {
          const lacking = (await process.ask('missing', ANSWER_MS)) as string[];
          return lacking.map((what) => `${process.name}: ${what}`);
        } catch (error) {
          return [`${process.name}: ${error instanceof Error ? error.message : String(error)}`];
        }
      }),
    );
    return lists.flat();
  }

  /**
   * Ends all in order: bidders first, so that what they did is in the log before its readers end. A child that
   * takes too long is killed: whatever was acknowledged is durable.
   */
  async stop(): Promise<void> {
    const { roles, logger } = this.#options;
    this.#handoff?.close();
    // A signal to the whole process group reaches the children too: who drains by itself must not come back.
    for (const { process } of this.#processes) process.retire();
    for (const role of [...roles].reverse()) {
      const stopping = this.#processes.filter((entry) => entry.role === role);
      await Promise.all(
        stopping.map(async ({ process }) => {
          const drained = await process.stop(DRAIN_MS[role]);
          if (!drained)
            logger.warn({ child: process.name, afterMs: DRAIN_MS[role] }, 'did not drain in time, killed');
        }),
      );
    }
    await this.#ops?.close();
  }

  /** At once, without draining. */
  kill(): void {
    for (const { process } of this.#processes) process.kill();
  }

  #add(role: Role, worker: RoleContext['worker']): void {
    const handoff = role === 'bidder' ? this.#handoff : undefined;
    const process = new ManagedProcess({
      name: worker.count === 1 ? role : `${role}-${worker.id + 1}`,
      fork: () => this.#fork(role, worker),
      logger: this.#options.logger,
      onMessage: (message, child) => handoff?.onMessage(message, child),
      onExit: (child) => handoff?.onExit(child),
    });
    this.#processes.push({ role, process });
  }

  #fork(role: Role, { id, count }: RoleContext['worker']): ChildProcess {
    const { environment, entry = (name) => join(__dirname, `${name}.js`) } = this.#options;
    // Not detached: the whole family stays in one process group. `advanced` keeps NaN in metrics.
    // Embedded ClickHouse runs each query on a thread of libuv's pool; with Node's four, four long queries would
    // hold up every file, DNS and LMDB commit of the process until they end.
    const env = { UV_THREADPOOL_SIZE: '16', ...environment };
    const execArgv = [...process.execArgv, ...V8_FLAGS];
    return fork(entry(role), [String(id), String(count)], { env, execArgv, serialization: 'advanced' });
  }

  #registry(processes: readonly ManagedProcess[]) {
    const registry = createRegistry({ process: 'supervisor', defaultMetrics: true });
    new Gauge({
      name: 'muster_child_up',
      help: '1 while the child process is running.',
      labelNames: ['child'],
      registers: [registry],
      collect() {
        for (const process of processes) this.set({ child: process.name }, process.up ? 1 : 0);
      },
    });
    new Gauge({
      name: 'muster_child_restarts',
      help: 'Times the child process was started again since the supervisor started.',
      labelNames: ['child'],
      registers: [registry],
      collect() {
        for (const process of processes) this.set({ child: process.name }, process.restarts);
      },
    });
    return registry;
  }
}
