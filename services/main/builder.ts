/** Process `builder`: who is in which audience. */
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { startLeadingBuilder } from './leading-builder';
import { runChild } from './processes/run-child';
import { watchPublication, withReplication } from './replication';
import { openLogAndLookups } from './shared-stores';

runChild('builder', async ({ config, logger, registry }) => {
  const composition = new Composition(logger);
  const stores = {
    ...(await openLogAndLookups(config, logger)),
    ...(await openLakeAndCatalog(config, logger)),
  };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  const written = withReplication(stores, config);
  composition.addStore('publication watch', watchPublication(written, logger));
  composition.add('builder', startLeadingBuilder({ ...written, registry, logger }));
  return composition;
});
