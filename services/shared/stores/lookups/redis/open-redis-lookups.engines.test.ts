/** On real servers, whose addresses the runner gives: without them this fails. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { lookupsContract } from '../testing/lookups-contract';
import { openRedisLookups } from './open-redis-lookups';
import { deleteKeys } from './testing/delete-keys';
import { engineUrl } from '../../../testing/engines/engine-url';

for (const [engine, variable] of [
  ['Redis', 'REDIS_URL'],
  ['Redis Cluster', 'REDIS_CLUSTER_URL'],
] as const) {
  lookupsContract(engine, async () => {
    const options = { url: engineUrl(variable), keyPrefix: `${randomUUID()}:` };
    return {
      open: () => openRedisLookups(options),
      modulePath: join(__dirname, 'testing', 'open-for-contract-child.ts'),
      options,
      forgetsByItself: true,
      dispose: () => deleteKeys(options),
    };
  });
}
