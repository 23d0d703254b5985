import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Connections } from './connections';

const REFRESH_MS = 10_000;
const WAIT_MS = 1_000;

/**
 * Waits until a replica has what was written, where there are replicas. What LMDB calls durable is here: on the master,
 * and on one replica. At risk remain: the last second of a master without replicas that falls (`appendfsync everysec`;
 * `always` leaves nothing at risk), and what a replica that was chosen in a failover had not got yet, because the wait
 * was in vain for a second and a warning was logged. After such a loss delete the epoch: everything is seeded anew.
 */
export class Replicas {
  private replicated: Redis[] = [];
  private readonly timer: NodeJS.Timeout;
  private isLagging = false;

  private constructor(
    private readonly connections: Connections,
    private readonly logger: Logger | undefined,
  ) {
    this.timer = setInterval(() => {
      this.refresh().catch((error: unknown) => this.logger?.debug({ err: error }, 'replicas not counted'));
    }, REFRESH_MS);
    this.timer.unref();
  }

  static async open(connections: Connections, logger: Logger | undefined): Promise<Replicas> {
    const replicas = new Replicas(connections, logger);
    try {
      await replicas.refresh();
    } catch (error) {
      replicas.close();
      throw error;
    }
    return replicas;
  }

  /** Resolves once a replica of every master has all that this process wrote before. */
  async settle(): Promise<void> {
    if (this.replicated.length === 0) return;
    const nodes = this.replicated.filter((node) => node.status === 'ready');
    const reached = await Promise.all(nodes.map((node) => node.wait(1, WAIT_MS)));
    const isLagging = reached.some((count) => count === 0);
    if (isLagging && !this.isLagging)
      this.logger?.warn(`no replica of the lookups had a write within ${WAIT_MS} ms`);
    this.isLagging = isLagging;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    const masters = this.connections.masters();
    const counts = await Promise.all(
      masters.map(async (node) => /^connected_slaves:(\d+)/m.exec(await node.info('replication'))?.[1]),
    );
    this.replicated = masters.filter((_, index) => Number(counts[index] ?? 0) > 0);
  }
}
