/** The connections of one process to Redis or Redis Cluster. */
import { Cluster, Redis, type CommonRedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { OutageLog } from './outage-log';
import { describeAddress, type RedisAddress } from './redis-url';
import { SCRIPTS } from './scripts';

export type Client = Redis | Cluster;

/** A bid that waits longer is lost anyway; what asks for more is not on its path. */
const READ_TIMEOUT_MS = 2_000;
const WRITE_TIMEOUT_MS = 10_000;
const RECONNECT_MS_MAX = 2_000;
const SLOTS_REFRESH_MS = 5_000;
/** Errors that say: ask another node, nothing was done here. */
const REDIRECTED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) |slots allocation group/;

/**
 * Two connections to each node: `reads` for the bid path, `writes` for everything else, so that no bulk write stands
 * before a bid.
 *
 * - `reads`: commands of one turn of the event loop travel together; they fail at once while there is no connection,
 *   and after 2 s without an answer.
 * - `writes`: commands fail after 10 s, or with the connection. None is sent twice: whoever asked knows whether it may.
 */
export class Connections {
  readonly reads: Client;
  readonly writes: Client;
  private readonly outages: OutageLog;
  private readonly deadlines: NodeJS.Timeout[] = [];

  private constructor(
    private readonly address: RedisAddress,
    logger: Logger | undefined,
  ) {
    this.outages = new OutageLog(describeAddress(address), logger);
    this.reads = createClient(address, 'reads');
    this.writes = createClient(address, 'writes');
    this.outages.watch(this.reads);
    this.outages.watch(this.writes);
  }

  /** @throws Error that names REDIS_URL, when there is no connection within `timeoutMs`. */
  static async open(
    address: RedisAddress,
    { timeoutMs, logger }: { timeoutMs: number; logger: Logger | undefined },
  ): Promise<Connections> {
    const connections = new Connections(address, logger);
    try {
      await Promise.all([
        connections.ready(connections.reads, timeoutMs),
        connections.ready(connections.writes, timeoutMs),
      ]);
    } catch (error) {
      connections.disconnect();
      throw error;
    }
    connections.outages.start();
    return connections;
  }

  /** Reads over `reads`; while slots of a cluster move, once more over `writes`, whose commands go each its own way. */
  async read<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await ask(this.reads);
    } catch (error) {
      if (!(error instanceof Error && REDIRECTED.test(error.message))) throw error;
      return ask(this.writes);
    }
  }

  get isCluster(): boolean {
    return this.writes instanceof Cluster;
  }

  /** The nodes that take writes, over the connections that `writes` uses. */
  masters(): Redis[] {
    return this.writes instanceof Cluster ? this.writes.nodes('master') : [this.writes];
  }

  async close(): Promise<void> {
    this.outages.stop();
    // Answers that are still awaited arrive first; a connection that is lost needs no farewell.
    await Promise.allSettled([this.reads, this.writes].map((client) => client.quit()));
    this.disconnect();
  }

  private disconnect(): void {
    this.deadlines.forEach(clearTimeout);
    this.outages.stop();
    this.reads.disconnect();
    this.writes.disconnect();
  }

  private ready(client: Client, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let last: Error | undefined;
      const fail = (): void => {
        clearTimeout(timer);
        const why = last === undefined ? 'no answer' : reasonOf(last);
        reject(
          new Error(
            `REDIS_URL: no connection to ${describeAddress(this.address)} in ${timeoutMs} ms: ${why}`,
            {
              cause: last,
            },
          ),
        );
      };
      const timer = setTimeout(fail, timeoutMs);
      this.deadlines.push(timer);
      client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
      const onError = (error: Error): void => {
        last = error;
        // A wrong password stays wrong.
        if (/WRONGPASS|NOAUTH|NOPERM|invalid DB index|DB index is out of range/.test(reasonOf(error))) fail();
      };
      client.on('error', onError);
      client.on('node error', onError);
      // A rejection has come as an event, and the client tries again by itself.
      client.connect().catch(onError);
    });
  }
}

function createClient(address: RedisAddress, use: 'reads' | 'writes'): Client {
  const isRead = use === 'reads';
  const options: CommonRedisOptions & { tls?: object } = {
    username: address.username,
    password: address.password,
    db: address.db,
    commandTimeout: isRead ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS,
    // A peer that went away without a word: the connection ends, and with it what waits for an answer.
    socketTimeout: (isRead ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS) + 500,
    connectTimeout: READ_TIMEOUT_MS,
    // What was sent when the connection broke fails there and then. It may have been done.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectionName: `muster-${use}`,
    ...(address.tls ? { tls: {} } : {}),
  };
  if (!address.cluster) {
    return new Redis({
      ...options,
      ...address.hosts[0]!,
      scripts: SCRIPTS,
      lazyConnect: true,
      enableAutoPipelining: isRead,
      enableOfflineQueue: !isRead,
      retryStrategy: backOff,
    });
  }
  return new Cluster(address.hosts, {
    redisOptions: options,
    scripts: SCRIPTS,
    lazyConnect: true,
    enableAutoPipelining: isRead,
    enableOfflineQueue: !isRead,
    // A closed connection does not tell whether a write was done; a read may be asked again.
    retryDelayOnFailover: isRead ? 100 : 0,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: READ_TIMEOUT_MS,
    clusterRetryStrategy: backOff,
    // Certificates bear names, nodes name each other by address: names are resolved by TLS itself.
    ...(address.tls
      ? { dnsLookup: (name: string, done: (error: null, address: string) => void) => done(null, name) }
      : {}),
  });
}

function backOff(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 10), RECONNECT_MS_MAX) + Math.floor(Math.random() * 100);
}

/** A cluster's error says only that every node failed; why is in the last node's. */
function reasonOf(error: Error): string {
  const { lastNodeError } = error as { lastNodeError?: Error };
  return lastNodeError === undefined ? error.message : lastNodeError.message;
}
