/** Process `ingest`: LOG to LAKE, and who belongs together. */
import { startIngestAndPeople } from './ingest-and-people';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { runChild } from './processes/run-child';
import { withReplication } from './replication';
import { openLogAndLookups } from './shared-stores';

runChild('ingest', async (context) => {
  const composition = new Composition(context.logger);
  const stores = {
    ...(await openLogAndLookups(context.config, context.logger)),
    ...(await openLakeAndCatalog(context.config, context.logger)),
  };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);
  await startIngestAndPeople(composition, withReplication(stores, context.config), context);
  return composition;
});
