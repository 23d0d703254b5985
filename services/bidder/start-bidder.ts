import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PartnerIdCipher } from '../shared/domain/partner-id';
import type { RestoredBudgets } from '../shared/domain/restored-budgets';
import { DOCUMENTS, type AudiencesSnapshot, type BiddingSnapshot } from '../shared/domain/snapshot';
import { DocumentWatcher } from '../shared/runtime/document-watcher';
import { sendProblem, startHttpServer, type ConnectionSource } from '../shared/runtime/http-server';
import type { Logger } from '../shared/runtime/logger';
import type { Registry } from '../shared/runtime/metrics';
import type { Service } from '../shared/runtime/service';
import type { Log } from '../shared/stores/log/log';
import type { Lookups } from '../shared/stores/lookups/lookups';
import type { LookupsReplica } from '../shared/stores/lookups/replication';
import { BidAnswer } from './answer/bid-answer';
import { BidHandler } from './bid-handler';
import { BidPipeline } from './bid-pipeline';
import { BudgetLeaser } from './budget/budget-leaser';
import { Handover } from './budget/handover';
import { readRestoredBudgets } from './budget/read-restored-budgets';
import { Settlement } from './budget/settlement';
import { Catalog } from './catalog';
import { createBidderMetrics } from './metrics';
import { NoticeHandler } from './notices/notice-handler';
import { NoticeSigner } from './notices/notice-token';
import { UidMask } from './notices/uid-mask';
import { Access } from './receive/access';
import { RateLimit } from './receive/rate-limit';
import { RecordBuffer } from './record/record-buffer';
import { createRoutes } from './routes';

const EPOCH_POLL_MS = 500;
const TAKE_OVER_MS = 60_000;

export interface BidderOptions {
  log: Pick<Log, 'append'>;
  lookups: Lookups;
  /** Where persons are looked up instead; counters, claims and documents stay with `lookups`. */
  replica?: Pick<LookupsReplica, 'identities' | 'memberships' | 'missing'>;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The API's, whose documentation may try what is here. */
  apiPort?: number;
  /** Connections accepted by another process, instead of listening. */
  connections?: ConnectionSource;
  /** Address that notices, pixels and clicks are built from, without a slash at the end. */
  publicUrl: string;
  /** Signs notices and turns partner ids back. */
  secret: string;
  /** Our id on the TCF vendor list. */
  tcfVendorId?: number;
  /** Country of an address, for requests that say nothing of GDPR. */
  countryOfAddress?: (address: string) => string | undefined;
  registry: Registry;
  logger: Logger;
  /** Epoch ms. @default Date.now */
  now?: () => number;
  /** Part of the requests without a bid that is recorded. @default 0.01 */
  sampleRate?: number;
  /** Distinguishes this process among the bidders of this host. @default 0 */
  workerId?: number;
  /** Bidders that share the exchanges' `maxQps`. @default 1 */
  workers?: number;
  /** How often it takes over what bidders that were closed had reserved. @default 60000 */
  takeOverMs?: number;
}

/** Starts a bidder: OpenRTB in, bids out, notices back. Rejects when it cannot listen. */
export async function startBidder(options: BidderOptions): Promise<Service & { port: number }> {
  const {
    log,
    lookups,
    replica,
    secret,
    registry,
    logger,
    now = Date.now,
    workerId = 0,
    workers = 1,
  } = options;
  const idPrefix = `${randomBytes(7).toString('hex')}-`;
  if (options.tcfVendorId === undefined) {
    logger.warn('MUSTER_TCF_VENDOR_ID is not set: TCF purposes are asked for, the vendor bit is not');
  }
  if (!options.publicUrl.startsWith('https:')) {
    logger.warn(
      { publicUrl: options.publicUrl },
      'the public address is not https: pixels on secure pages are blocked',
    );
  }

  const restored = (): Promise<RestoredBudgets> => readRestoredBudgets(lookups);
  const budget = new BudgetLeaser({
    counters: lookups.counters,
    claims: lookups.claims,
    restored,
    idPrefix,
    now,
    logger,
  });
  const handover = new Handover({ documents: lookups.documents, workerId });
  const takeOver = async (): Promise<void> => budget.adopt(await handover.take());
  await takeOver();
  const catalog = new Catalog(budget);
  const records = new RecordBuffer({ log, logger });
  const metrics = createBidderMetrics({
    registry,
    bufferDepth: () => records.depth,
    bufferDropped: () => records.dropped,
    openReservations: () => budget.openReservations,
    lineItems: () => catalog.engine().bidding.lineItems.length,
  });
  const signer = new NoticeSigner(secret);
  const uidMask = new UidMask(secret);
  const answer = new BidAnswer({ signer, uidMask, publicUrl: options.publicUrl.replace(/\/+$/, '') });
  const epoch = new EpochWatch(lookups, logger);
  const { identities, memberships } = replica ?? lookups;
  const pipeline = new BidPipeline({
    // Without the epoch the lookups were never filled, or lost: unknown then says nothing about a person.
    lookups: {
      identities: {
        resolve: (ids) => {
          epoch.assertPresent();
          return identities.resolve(ids);
        },
      },
      memberships,
    },
    consent: { vendorId: options.tcfVendorId, countryOfAddress: options.countryOfAddress },
    cipher: new PartnerIdCipher(secret),
    budget,
    metrics,
    idPrefix,
    engine: () => catalog.engine(),
    now,
  });
  const bids = new BidHandler({
    engine: () => catalog.engine(),
    pipeline,
    answer,
    access: new Access(),
    rateLimit: new RateLimit(workers),
    records,
    metrics,
    sampleRate: options.sampleRate ?? 0.01,
    now,
    onError: (req, res, error) => failed(req, res, error, logger),
  });
  const settlement = new Settlement({ counters: lookups.counters, claims: lookups.claims, restored, now });
  const notices = new NoticeHandler({ log, settlement, signer, uidMask, metrics, now });

  const { documents } = lookups;
  const biddingWatch = new DocumentWatcher<BiddingSnapshot>({
    documents,
    name: DOCUMENTS.bidding,
    parse: parseJson,
    onChange: (snapshot) => catalog.setBidding(snapshot),
    logger,
  });
  const audiencesWatch = new DocumentWatcher<AudiencesSnapshot>({
    documents,
    name: DOCUMENTS.audiences,
    parse: parseJson,
    onChange: (snapshot) => catalog.setAudiences(snapshot),
    logger,
  });
  await Promise.all([biddingWatch.start(), audiencesWatch.start(), epoch.start()]);
  budget.start();
  // Where bidders are replaced one by one, the last is closed when nobody starts any more.
  const takingOver = setInterval(() => {
    takeOver().catch((error: unknown) => {
      logger.error({ err: error }, 'reservations of bidders that were closed could not be taken over');
    });
  }, options.takeOverMs ?? TAKE_OVER_MS);
  takingOver.unref();

  const missing = (): string[] => [
    ...(epoch.isPresent ? [] : ['lookups: not filled yet (no epoch)']),
    ...(replica?.missing() ?? []),
    ...(biddingWatch.revision() > 0 ? [] : ['catalog: no document for bidders yet']),
  ];
  const server = await startHttpServer({
    host: options.host,
    port: options.port,
    connections: options.connections,
    name: 'bidder',
    logger,
    handle: createRoutes({ bids, notices }),
    missing,
    apiPort: options.apiPort,
  });

  const close = async (): Promise<void> => {
    await server.close();
    biddingWatch.close();
    audiencesWatch.close();
    epoch.close();
    clearInterval(takingOver);
    try {
      if (!(await handover.leave(await budget.close())))
        logger.warn('no place is free to hand open reservations over: they count as spent');
    } finally {
      await records.close();
    }
  };
  let closing: Promise<void> | undefined;
  return { port: server.port, missing, close: () => (closing ??= close()) };
}

function parseJson<T>(body: Buffer): T {
  return JSON.parse(body.toString()) as T;
}

function failed(req: IncomingMessage, res: ServerResponse, error: unknown, logger: Logger): void {
  logger.error({ err: error, path: (req.url ?? '').split('?', 1)[0] }, 'bid request failed');
  if (res.headersSent) res.destroy();
  else sendProblem(res, 500, { title: 'Internal Server Error', detail: 'the request could not be handled' });
}

/** Looks now and then whether the lookups carry their epoch. */
class EpochWatch {
  readonly #lookups: Lookups;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  isPresent = false;

  constructor(lookups: Lookups, logger: Logger) {
    this.#lookups = lookups;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), EPOCH_POLL_MS);
    this.#timer.unref();
  }

  /** @throws Error that counts as a failed lookup. */
  assertPresent(): void {
    if (!this.isPresent) throw new Error('the lookups have no epoch');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      this.isPresent = (await this.#lookups.epoch()) !== undefined;
    } catch (error) {
      this.isPresent = false;
      this.#logger.error({ err: error }, 'the epoch of the lookups cannot be read');
    }
  }
}
