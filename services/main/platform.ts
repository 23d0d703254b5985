/** Process `platform`: ingest, people writer, builder and API around the embedded ClickHouse and Postgres. */
import { startBuilder } from '../builder/builder';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { startIngestAndPeople } from './ingest-and-people';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';

runChild('platform', async (context) => {
  const { config, logger, registry } = context;
  const composition = new Composition(logger);
  const stores = { ...(await openLogAndLookups(config)), ...(await openLakeAndCatalog(config)) };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  await startIngestAndPeople(composition, stores, context);
  composition.add('builder', await startBuilder({ ...stores, registry, logger }));
  return composition;
});
