/** A bidder without stores, for tests of the supervisor: answers its process id; `/slow` takes a while. */
import { Counter } from '../../shared/runtime/metrics';
import { startHttpServer } from '../../shared/runtime/http-server';
import { runChild } from '../processes/run-child';

const SLOW_MS = 500;

runChild('bidder', async ({ config, logger, registry, connections, worker }) => {
  new Counter({ name: 'muster_fake_total', help: 'one per process', registers: [registry] }).inc();
  const server = await startHttpServer({
    host: config.host,
    port: config.bidderPort,
    connections,
    name: 'fake',
    logger,
    missing: () => [],
    handle: (req, res) => {
      const answer = (): unknown => res.end(JSON.stringify({ pid: process.pid, ...worker }));
      if (req.url === '/slow') setTimeout(answer, SLOW_MS);
      else answer();
    },
  });
  return { missing: () => [], close: () => server.close() };
});
