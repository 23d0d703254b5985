/** Process `collector`: pixels, syncs, events and provider records into LOG. */
import { startCollector } from '../collector/collector';
import { loadTag } from '../collector/tag/load-tag';
import { openCountryLookup } from '../shared/runtime/country-lookup';
import { Composition } from './composition';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';

runChild('collector', async ({ config, logger, registry }) => {
  const composition = new Composition(logger);
  const { log, lookups } = await openLogAndLookups(config, logger);
  composition.addStore('log', log);
  composition.addStore('lookups', lookups);
  composition.add(
    'collector',
    await startCollector({
      log,
      documents: lookups.documents,
      host: config.host,
      port: config.collectorPort,
      apiPort: config.port,
      publicUrl: config.collectorUrl,
      secret: config.secret,
      tag: loadTag(),
      tcfVendorId: config.tcfVendorId,
      retentionDays: config.retentionDays,
      countryOfAddress: openCountryLookup(),
      // Its records go nowhere before the lookups were filled for the first time.
      behind: async () =>
        (await lookups.epoch()) === undefined ? ['the lookups are not filled from the lake yet'] : [],
      registry,
      logger,
    }),
  );
  return composition;
});
