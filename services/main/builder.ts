/** Process `builder`: who is in which audience. */
import { startBuilder } from '../builder/builder';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';
import { measureLag } from './store-metrics';

runChild('builder', async ({ config, logger, registry }) => {
  const composition = new Composition(logger);
  const stores = { ...(await openLogAndLookups(config)), ...(await openLakeAndCatalog(config)) };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  measureLag({
    registry,
    log: stores.log,
    name: 'muster_builder_lag_records',
    group: 'builder',
    topic: 'changes',
  });
  composition.add('builder', await startBuilder({ ...stores, registry, logger }));
  return composition;
});
