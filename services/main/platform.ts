/** Process `platform`: ingest, people writer, builder and API around the embedded ClickHouse and Postgres. */
import { startApi } from '../api/api';
import { documentationOf } from './documentation';
import { Composition } from './composition';
import { openLakeAndCatalog } from './engines';
import { startIngestAndPeople } from './ingest-and-people';
import { startLeadingBuilder } from './leading-builder';
import { runChild } from './processes/run-child';
import { withReplication } from './replication';
import { openLogAndLookups } from './shared-stores';

runChild('platform', async (context) => {
  const { config, logger, registry } = context;
  const composition = new Composition(logger);
  const stores = {
    ...(await openLogAndLookups(config, logger)),
    ...(await openLakeAndCatalog(config, logger)),
  };
  for (const [name, store] of Object.entries(stores)) composition.addStore(name, store);

  const path = new Composition(logger);
  let started = false;
  const { host, port, adminToken, secret } = config;
  const documentation = documentationOf(config);
  // First of all: filling empty lookups from a large lake takes a while, and somebody may ask meanwhile.
  const api = await startApi({
    ...stores,
    ...{ host, port, adminToken, secret, documentation, registry, logger },
    behind: () => (started ? path.missing() : ['ingest and builder are starting']),
  });
  composition.add('api', api);
  composition.add('path', path);
  const written = withReplication(stores, config);
  await startIngestAndPeople(path, written, context);
  path.add('builder', startLeadingBuilder({ ...written, registry, logger }));
  started = true;
  return composition;
});
