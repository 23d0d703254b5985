import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';

/** One line when a connection is lost and one when it is back, however often the client tries in between. */
export class OutageLog {
  private readonly down = new Set<string>();
  private isStarted = false;

  constructor(
    private readonly address: string,
    private readonly logger: Logger | undefined,
  ) {}

  /** From now on: what fails before is for whoever opens to tell. */
  start(): void {
    this.down.clear();
    this.isStarted = true;
  }

  stop(): void {
    this.isStarted = false;
  }

  watch(client: Redis | Cluster): void {
    client.on('error', (error: Error) => this.lost(this.address, error));
    client.on('ready', () => this.back(this.address));
    client.on('node error', (error: Error, node: string) => this.lost(node, error));
    client.on('+node', (node: Redis) => {
      node.once('ready', () => this.back(`${node.options.host}:${node.options.port}`));
    });
  }

  private lost(address: string, error: Error): void {
    if (!this.isStarted || this.down.has(address)) return;
    this.down.add(address);
    this.logger?.error({ err: error, address }, 'connection to the lookups lost');
  }

  private back(address: string): void {
    if (this.down.delete(address) && this.isStarted)
      this.logger?.info({ address }, 'connected to the lookups again');
  }
}
