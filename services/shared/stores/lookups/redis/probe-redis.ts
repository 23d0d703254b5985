import { Redis } from 'ioredis';
import { PROBE_MS, timed, type ServerProbe } from '../../server-probe';
import { parseRedisUrl } from './redis-url';

/**
 * Looks at each host of the address by itself, a cluster's nodes too. Rejects with the client's error when one does
 * not answer within 5 s.
 */
export async function probeRedis(url: string, host: { host: string; port: number }): Promise<ServerProbe> {
  const { tls, username, password, db } = parseRedisUrl(url);
  const client = new Redis({
    ...host,
    ...(tls ? { tls: {} } : {}),
    username,
    password,
    db,
    lazyConnect: true,
    connectTimeout: PROBE_MS,
    commandTimeout: PROBE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectionName: 'muster-doctor',
  });
  let last: Error | undefined;
  client.on('error', (error: Error) => (last = error));
  try {
    await client.connect();
    const info = await client.info('server');
    const times = await timed(async () => {
      const [seconds, micros] = await client.time();
      return Number(seconds) * 1_000 + Number(micros) / 1_000;
    });
    const policy = /maxmemory_policy:(\S+)/.exec(await client.info('memory'))?.[1];
    return {
      version: /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1],
      ...times,
      faults: policy === undefined || policy === 'noeviction' ? [] : [evicts(policy)],
    };
  } catch (error) {
    // "Connection is closed." hides what closed it.
    throw last ?? error;
  } finally {
    client.disconnect();
  }
}

function evicts(policy: string): { detail: string; remedy: string } {
  return {
    detail: `maxmemory-policy is ${policy}: people would vanish without a word`,
    remedy: 'set maxmemory-policy noeviction',
  };
}
