import express from 'express';
import { Histogram, LATENCY_BUCKETS_S, type Registry } from '../shared/runtime/metrics';
import { startHttpServer } from '../shared/runtime/http-server';
import type { Logger } from '../shared/runtime/logger';
import type { Service } from '../shared/runtime/service';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { sha256Hex } from '../shared/domain/sha256';
import { Callers } from './auth/callers';
import { clickhouseRouter } from './clickhouse/clickhouse-router';
import { Idempotency } from './http/idempotency';
import { mountErrors, mountRoutes } from './http/mount-routes';
import { platformDocument, type Documentation } from './openapi/openapi';
import { mountPages } from './openapi/pages';
import { apiRoutes } from './routes';
import { CatalogPublisher } from './snapshot/catalog-publisher';

export interface ApiOptions {
  catalog: Catalog;
  lake: Lake;
  lookups: Pick<Lookups, 'documents' | 'identities' | 'people' | 'memberships'>;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Key of the first administrator. */
  adminToken: string;
  /** Seals stored answers. */
  secret: string;
  /** What the path behind the API lacks, for `/readyz`: it is not ready before its audiences can be built. */
  behind?: () => string[] | Promise<string[]>;
  /** What the documentation tells beside the API itself. @default nothing */
  documentation?: Documentation;
  registry: Registry;
  logger: Logger;
  /** Epoch ms. @default Date.now */
  now?: () => number;
}

const NO_DOCUMENTATION: Documentation = { neighbours: [], schemas: {}, examples: [] };

/** The API for people and scripts, its documentation, and ClickHouse's HTTP interface for analysts. */
export async function startApi(options: ApiOptions): Promise<Service & { port: number }> {
  const { catalog, lake, lookups, adminToken, secret, registry, logger, now = Date.now } = options;
  const callers = new Callers({ adminToken, keys: catalog.keys });
  const publisher = new CatalogPublisher({
    catalog,
    documents: lookups.documents,
    adminHash: sha256Hex(adminToken),
    logger,
  });
  await publisher.start();

  const routes = apiRoutes({ catalog, lake, lookups, now });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Before whatever reads bodies: queries come as they are.
  app.use('/clickhouse', clickhouseRouter({ lake, authenticate: (key) => callers.byKey(key) }));
  mountPages(app, platformDocument(routes, options.documentation ?? NO_DOCUMENTATION));
  mountRoutes(app, routes, {
    catalog,
    callers,
    idempotency: new Idempotency({ catalog, secret, now }),
    publish: () => publisher.publish(),
    durations: new Histogram({
      name: 'muster_api_request_seconds',
      help: 'Time to answer a request of the API',
      labelNames: ['route', 'method', 'status'],
      buckets: LATENCY_BUCKETS_S,
      registers: [registry],
    }),
    logger,
    now,
  });
  mountErrors(app, logger);

  const missing = async (): Promise<string[]> => [
    ...publisher.missing(),
    ...(await lacks('catalog', () => catalog.ping())),
    ...((await lake.ping()) ? [] : ['lake: does not answer']),
  ];
  const server = await startHttpServer({
    ...{ host: options.host, port: options.port, name: 'api', logger },
    missing: async () => [...(await missing()), ...((await options.behind?.()) ?? [])],
    handle: (req, res) => void app(req, res),
  });
  let closing: Promise<void> | undefined;
  return {
    port: server.port,
    missing,
    close: () =>
      (closing ??= (async () => {
        await server.close();
        await publisher.close();
      })()),
  };
}

async function lacks(name: string, check: () => Promise<void>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
