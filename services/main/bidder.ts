/** Process `bidder`: bid requests in, bids out, notices back. One of several on a port. */
import { startBidder } from '../bidder/start-bidder';
import { openCountryLookup } from '../shared/runtime/country-lookup';
import { Composition } from './composition';
import { runChild } from './processes/run-child';
import { openLogAndLookups } from './shared-stores';

runChild('bidder', async ({ config, logger, registry, connections, worker }) => {
  const composition = new Composition(logger);
  const { log, lookups } = await openLogAndLookups(config, logger);
  composition.addStore('log', log);
  composition.addStore('lookups', lookups);
  composition.add(
    'bidder',
    await startBidder({
      log,
      lookups,
      host: config.host,
      port: config.bidderPort,
      connections,
      publicUrl: config.bidderUrl,
      secret: config.secret,
      tcfVendorId: config.tcfVendorId,
      countryOfAddress: openCountryLookup(),
      registry,
      logger,
      workerId: worker.id,
      workers: worker.count,
    }),
  );
  return composition;
});
