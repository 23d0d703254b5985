import type { Logger } from 'pino';
import type { Lookups } from '../lookups';
import { RedisClaims } from './claims';
import { Connections } from './connections';
import { RedisCounters } from './counters';
import { RedisDocuments } from './documents';
import { RedisIdentities } from './identities';
import { Epoch } from './epoch';
import { Keys } from './keys';
import { RedisMemberships } from './memberships';
import { RedisPeople } from './people';
import { parseRedisUrl } from './redis-url';
import { Replicas } from './replicas';
import { Sizes } from './sizes';

const DEFAULT_KEY_PREFIX = 'muster:';
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

export interface RedisLookupsOptions {
  /** See `parseRedisUrl`. */
  url: string;
  /** Before every key, so that several installations may share a server. Without braces. @default "muster:" */
  keyPrefix?: string;
  logger?: Logger;
  /** How long the first connection may take. @default 10_000 */
  connectTimeoutMs?: number;
}

/**
 * LOOKUPS on Redis, Valkey or a cluster of either, version 6 or later. Keep `maxmemory-policy noeviction` (the default):
 * a server that evicts keys forgets numbers that were given.
 *
 * Reads of the bid path, `identities.resolve` and `memberships.get`, take one round trip each and fail within a few
 * seconds when there is no answer; all else within about 10 s. Connections come back by themselves.
 * @throws Error that begins with REDIS_URL, when it is malformed or nobody answers there.
 */
export async function openRedisLookups({
  url,
  keyPrefix = DEFAULT_KEY_PREFIX,
  logger,
  connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
}: RedisLookupsOptions): Promise<Lookups> {
  const connections = await Connections.open(parseRedisUrl(url), { timeoutMs: connectTimeoutMs, logger });
  try {
    const replicas = await Replicas.open(connections, logger);
    await warnOfEviction(connections, logger);
    return lookupsOver({ connections, replicas, keys: new Keys(keyPrefix) });
  } catch (error) {
    await connections.close();
    throw error;
  }
}

async function warnOfEviction(connections: Connections, logger: Logger | undefined): Promise<void> {
  for (const node of connections.masters()) {
    const policy = /^maxmemory_policy:(allkeys-\w+)/m.exec(await node.info('memory'))?.[1];
    if (policy === undefined) continue;
    logger?.warn(
      { policy, node: `${node.options.host}:${node.options.port}` },
      'Redis may evict identities and their numbers: set maxmemory-policy noeviction',
    );
  }
}

function lookupsOver({
  connections,
  replicas,
  keys,
}: {
  connections: Connections;
  replicas: Replicas;
  keys: Keys;
}): Lookups {
  const sizes = new Sizes(connections, keys);
  const options = { connections, keys, replicas, sizes };
  const epoch = new Epoch(connections, keys.epoch);
  return {
    identities: new RedisIdentities(options),
    people: new RedisPeople(options),
    memberships: new RedisMemberships(options),
    claims: new RedisClaims(options),
    counters: new RedisCounters(options),
    documents: new RedisDocuments(options),
    epoch: () => epoch.read(),
    setEpoch: async (value) => {
      await epoch.write(value);
      await replicas.settle();
    },
    stats: () => sizes.read(),
    close: async () => {
      replicas.close();
      await connections.close();
    },
  };
}
