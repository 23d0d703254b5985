import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalEngines } from '../../local-engines/start-local-engines';
import { startRedisCluster } from '../../local-engines/redis';
import { PREFIX } from './engine-url';
import { running } from './running';

/** Starts every server once; rejects when one does not start. */
export default async function globalSetup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-engines-'));
  const engines = await startLocalEngines(dir);
  running.push({ dir, engines });
  const cluster = await startRedisCluster(join(dir, 'redis-cluster'));
  running.push({ dir, engines: cluster });
  process.env[`${PREFIX}REDIS_CLUSTER_URL`] = cluster.url;
  for (const [variable, address] of Object.entries(engines.environment))
    process.env[PREFIX + variable] = address;
}
