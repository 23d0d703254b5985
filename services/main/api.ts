/** Process `api`: what people configure and ask. */
import { startApi } from '../api/api';
import { documentationOf } from './documentation';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';

runChild('api', async ({ config, logger, registry }) => {
  const composition = new Composition(logger);
  const stores = {
    ...(await openLogAndLookups(config, logger)),
    ...(await openLakeAndCatalog(config, logger)),
  };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  const { host, port, adminToken, secret } = config;
  const documentation = documentationOf(config);
  composition.add(
    'api',
    await startApi({ ...stores, host, port, adminToken, secret, documentation, registry, logger }),
  );
  return composition;
});
