/** Process `bidder`: bid requests in, bids out, notices back. One of several on a port. */
import { join } from 'node:path';
import { startBidder } from '../bidder/start-bidder';
import { openCountryLookup } from '../shared/runtime/country-lookup';
import { openReplica } from '../shared/stores/lookups/replica/open-replica';
import { Composition } from './composition';
import { runChild } from './processes/run-child';
import { measureReplica } from './replica-metrics';
import { openLogAndLookups } from './shared-stores';

runChild('bidder', async ({ config, logger, registry, connections, worker }) => {
  const composition = new Composition(logger);
  const { log, lookups } = await openLogAndLookups(config, logger);
  composition.addStore('log', log);
  composition.addStore('lookups', lookups);
  const replica = config.lookupsReplica
    ? await openReplica({
        dir: join(config.dataDir, 'replica'),
        log,
        epoch: () => lookups.epoch(),
        maxLagMs: config.replicaMaxLagSeconds * 1_000,
        logger,
      })
    : undefined;
  if (replica !== undefined) {
    composition.addStore('replica', replica);
    measureReplica({ registry, replica });
  }
  composition.add(
    'bidder',
    await startBidder({
      log,
      lookups,
      replica,
      host: config.host,
      port: config.bidderPort,
      apiPort: config.port,
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
