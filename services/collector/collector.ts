import type { Logger } from 'pino';
import { PartnerIdCipher } from '../shared/domain/partner-id';
import { DOCUMENTS } from '../shared/domain/snapshot';
import { DAY_MS, HOUR_MS } from '../shared/domain/time';
import { DocumentWatcher } from '../shared/runtime/document-watcher';
import { startHttpServer } from '../shared/runtime/http-server';
import type { Registry } from '../shared/runtime/metrics';
import type { Service } from '../shared/runtime/service';
import type { Log } from '../shared/stores/log/log';
import type { DocumentLookups } from '../shared/stores/lookups/lookups';
import type { CollectorContext } from './context';
import { parseEdge, type EdgeIndex } from './edge/edge-index';
import { LogAppender } from './log-appender';
import { createCollectorMetrics } from './metrics';
import { createRouter } from './routes';

export interface CollectorOptions {
  log: Pick<Log, 'append'>;
  /** Carries the compiled catalog; takes the states of imports. */
  documents: DocumentLookups;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The API's, whose documentation may try what is here. */
  apiPort?: number;
  /** The collector's public address: decides on `Secure` cookies and is what the tag calls. */
  publicUrl: string;
  /** Encrypts our ids for partners. */
  secret: string;
  tcfVendorId?: number;
  /** The built `tag.js`, see `loadTag`. */
  tag: string;
  retentionDays: number;
  /** ISO 3166-1 alpha-2 of an address; without it addresses say nothing about consent. */
  countryOfAddress?: (address: string) => string | undefined;
  /** What the path behind the log lacks, for readiness. @default nothing */
  behind?: () => string[] | Promise<string[]>;
  registry: Registry;
  logger: Logger;
  /** Epoch ms. @default Date.now */
  now?: () => number;
}

/** A provider's file of a gigabyte over a slow line arrives within this. */
const REQUEST_TIMEOUT_MS = HOUR_MS;
/** A page's address, its referrer and all cookies of a domain in one pixel: a page gets no error for their length. */
const HEADER_BYTES_MAX = 65_536;

/** Starts the collector: pixel, sync, events and provider records, durable in the log before they are acknowledged. */
export async function startCollector(options: CollectorOptions): Promise<Service & { port: number }> {
  const { log, documents, logger, registry, now = Date.now } = options;
  const publicUrl = new URL(options.publicUrl);
  const edge = new DocumentWatcher<EdgeIndex>({ documents, name: DOCUMENTS.edge, parse: parseEdge, logger });
  await edge.start();
  const metrics = createCollectorMetrics({ registry, queueDepths: () => appender.depths() });
  const appender = new LogAppender({
    log,
    logger,
    onAppended: (topic, seconds) => metrics.appended(topic, seconds),
  });
  const context: CollectorContext = {
    edge: () => edge.current(),
    refreshedEdge: async () => {
      // Lookups on this host show what other processes wrote from the next turn of the event loop on.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await edge.refresh();
      return edge.current();
    },
    appender,
    documents,
    cipher: new PartnerIdCipher(options.secret),
    consent: { vendorId: options.tcfVendorId, countryOfAddress: options.countryOfAddress },
    publicUrl,
    retentionMs: options.retentionDays * DAY_MS,
    metrics,
    logger,
    now,
  };
  const missing = async (): Promise<string[]> => [
    ...(edge.current() === undefined ? ['the compiled catalog (document edge) was not seen yet'] : []),
    ...(appender.healthy ? [] : ['the log did not take the last append']),
    ...((await options.behind?.()) ?? []),
  ];

  if (publicUrl.protocol !== 'https:') {
    logger.warn(
      { publicUrl: publicUrl.origin },
      'plain http: cookies are SameSite=Lax and not Secure, syncs between sites need https',
    );
  }
  if (options.tcfVendorId === undefined) {
    logger.warn('no TCF vendor id is set: consent strings are asked for purposes, not for a vendor of ours');
  }
  const server = await startHttpServer({
    host: options.host,
    port: options.port,
    name: 'collector',
    logger,
    handle: createRouter(context, options.tag),
    missing,
    apiPort: options.apiPort,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    headerBytesMax: HEADER_BYTES_MAX,
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await server.close();
    await appender.close();
    edge.close();
  };
  return { port: server.port, missing, close: () => (closing ??= close()) };
}
