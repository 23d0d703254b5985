import pino from 'pino';
import { PartnerIdCipher } from '../../shared/domain/partner-id';
import { createRegistry } from '../../shared/runtime/metrics';
import { BidAnswer } from '../answer/bid-answer';
import { BidPipeline, type BidOutcome } from '../bid-pipeline';
import { BudgetLeaser } from '../budget/budget-leaser';
import { Catalog } from '../catalog';
import { explain } from '../explain/explain';
import { createBidderMetrics } from '../metrics';
import { NoticeSigner } from '../notices/notice-token';
import { UidMask } from '../notices/uid-mask';
import { FakeLookups } from './fake-lookups';

export const SECRET = 'a secret of the installation';
export const NOW = Date.UTC(2026, 0, 15, 12);

export interface BidResponse extends Record<string, unknown> {
  cur: string;
  seatbid: [{ seat?: string; bid: Record<string, unknown>[] }];
}

/** The stages of a bid over fakes, without a server in front. */
export class PipelineRig {
  readonly lookups: FakeLookups;
  readonly cipher = new PartnerIdCipher(SECRET);
  readonly budget: BudgetLeaser;
  readonly catalog: Catalog;
  readonly pipeline: BidPipeline;
  readonly #answer: BidAnswer;
  nowMs = NOW;

  constructor(options: { isRemote?: boolean; tcfVendorId?: number } = {}) {
    const logger = pino({ level: 'silent' });
    const now = (): number => this.nowMs;
    this.lookups = new FakeLookups(options);
    const { counters, claims } = this.lookups;
    const restored = () => Promise.resolve({ restoredAt: 0, leaseFrom: 0 });
    this.budget = new BudgetLeaser({ counters, claims, restored, idPrefix: 'rig-', now, logger });
    this.catalog = new Catalog(this.budget);
    this.#answer = new BidAnswer({
      signer: new NoticeSigner(SECRET),
      uidMask: new UidMask(SECRET),
      publicUrl: 'https://bid.example',
    });
    this.pipeline = new BidPipeline({
      lookups: this.lookups,
      consent: { vendorId: options.tcfVendorId },
      cipher: this.cipher,
      budget: this.budget,
      metrics: createBidderMetrics({
        registry: createRegistry({ process: 'test' }),
        bufferDepth: () => 0,
        bufferDropped: () => 0,
        openReservations: () => 0,
        lineItems: () => 0,
      }),
      idPrefix: 'rig-',
      engine: () => this.catalog.engine(),
      now,
    });
  }

  async run(request: unknown, exchangeId = 'ex'): Promise<BidOutcome> {
    return this.pipeline.decide(
      await this.pipeline.prepare(request, this.#exchange(exchangeId)),
      performance.now(),
    );
  }

  /** The BidResponse; undefined where there is no bid. */
  async bid(request: unknown, exchangeId = 'ex'): Promise<BidResponse | undefined> {
    const outcome = await this.run(request, exchangeId);
    return outcome.kind === 'bid' ? this.response(outcome) : undefined;
  }

  response(outcome: Extract<BidOutcome, { kind: 'bid' }>): BidResponse {
    return JSON.parse(this.#answer.response(outcome)) as BidResponse;
  }

  async explain(request: unknown, exchangeId = 'ex'): Promise<Record<string, unknown>> {
    const prepared = await this.pipeline.prepare(request, this.#exchange(exchangeId));
    if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared.errors));
    return explain(prepared.context);
  }

  async close(): Promise<void> {
    await this.budget.close();
  }

  #exchange(id: string): Parameters<BidPipeline['prepare']>[1] {
    const found = this.catalog.engine().bidding.exchanges.get(id);
    if (found === undefined) throw new Error(`no exchange ${id}`);
    return found;
  }
}
