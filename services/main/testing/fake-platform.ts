/** A platform without stores, for tests of the supervisor. Its readiness is a file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Counter } from '../../shared/runtime/metrics';
import { runChild } from '../processes/run-child';

runChild('platform', async ({ config, registry }) => {
  new Counter({ name: 'muster_fake_total', help: 'one per process', registers: [registry] }).inc();
  const hangs = existsSync(join(config.dataDir, 'hang'));
  return {
    missing: () => (existsSync(join(config.dataDir, 'ready')) ? [] : ['the file ready']),
    close: () => (hangs ? new Promise(() => undefined) : Promise.resolve()),
  };
});
