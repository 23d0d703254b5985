/** One ingest process on servers: `ingest.js <JSON of EngineAddresses>`. */
import { startIngest } from '../../services/ingest/start-ingest';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { openEngineStores, type EngineAddresses } from '../engines/stores';
import { argument, serve } from './serve';

serve(async () => {
  const stores = await openEngineStores(JSON.parse(argument(2)) as EngineAddresses);
  const ingest = await startIngest({
    ...stores,
    registry: createRegistry({ process: 'ingest' }),
    logger: createLogger({ level: 'error', name: 'ingest', destination: 2 }),
  });
  // It answers nobody.
  return { ...ingest, missing: () => ingest.missing(), close: () => ingest.close(), port: 0 };
});
