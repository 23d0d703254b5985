/** Process `ingest`: LOG to LAKE, and who belongs together. */
import { startIngestAndPeople } from './ingest-and-people';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';

runChild('ingest', async (context) => {
  const composition = new Composition(context.logger);
  const stores = {
    ...(await openLogAndLookups(context.config, context.logger)),
    ...(await openLakeAndCatalog(context.config, context.logger)),
  };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  await startIngestAndPeople(composition, stores, context);
  return composition;
});
