import type { ConsentBits } from '../shared/domain/consent/bits';
import type { ConsentOptions } from '../shared/domain/consent/decide';
import type { PartnerIdCipher } from '../shared/domain/partner-id';
import type { NoBidReason } from '../shared/domain/reasons';
import type { ProblemError } from '../shared/runtime/problem';
import type { MaybePromise } from '../shared/stores/lookups/lookups';
import { matchRequest, type BidContext } from './bid-context';
import type { BudgetLeaser } from './budget/budget-leaser';
import { bidId } from './budget/reservations';
import type { Engine } from './engine';
import { select, type Choice } from './match/select';
import type { BidderMetrics } from './metrics';
import type { BidToken } from './notices/notice-token';
import { candidatesOf } from './person/candidates';
import { consentOf } from './person/consent';
import { CHILD, findPerson, type Person, type PersonLookups } from './person/person';
import type { BidRequest } from './request/bid-request';
import { parseRequest } from './request/parse-request';
import type { CompiledExchange } from './snapshot/exchange';

/** Less than this is gone on the way to us and back. */
const TMAX_MIN_MS = 10;

/** A bid that has its number, and whose cost is reserved. */
export interface BookedBid {
  choice: Choice;
  token: BidToken;
  /** Audiences that spoke for it, by id. */
  audienceIds: readonly string[];
}

export type BidOutcome =
  | { kind: 'invalid'; errors: ProblemError[] }
  | { kind: 'no_bid'; reason: NoBidReason; context: BidContext }
  | { kind: 'bid'; context: BidContext; currency: string; bids: BookedBid[] };

export interface BidPipelineOptions {
  lookups: PersonLookups;
  consent: ConsentOptions;
  cipher: PartnerIdCipher;
  budget: BudgetLeaser;
  metrics: BidderMetrics;
  /** Of this process's bids. */
  idPrefix: string;
  engine: () => Engine;
  now: () => number;
}

/**
 * What decides on a bid request, in two steps: `prepare` validates it and finds consent and person, `decide`
 * matches, selects and reserves. Only the two lookups of the first may take time, and a lookup that answers at
 * once makes no promise either.
 */
export class BidPipeline {
  readonly #options: BidPipelineOptions;
  #sequence = 0;

  constructor(options: BidPipelineOptions) {
    this.#options = options;
  }

  /** What a bid and its explanation share. */
  prepare(body: unknown, exchange: CompiledExchange): MaybePromise<PreparedBid> {
    const nowMs = this.#options.now();
    const parsed = parseRequest(body);
    if (!parsed.ok) return { kind: 'invalid', errors: parsed.errors };
    const { request } = parsed;
    const consent = consentOf(request, this.#options.consent);
    const person = this.#person(request, consent, exchange.partner);
    // The engine is taken behind the lookups: scratch space is not shared over a pause.
    const context = (found: Person): PreparedBid => ({
      kind: 'ready',
      context: {
        engine: this.#options.engine(),
        exchange,
        request,
        consent,
        consentOptions: this.#options.consent,
        person: found,
        nowMs,
      },
    });
    return person instanceof Promise ? person.then(context) : context(person);
  }

  #person(request: BidRequest, consent: ConsentBits, partner: string | undefined): MaybePromise<Person> {
    const { lookups, cipher, metrics } = this.#options;
    if (request.regs.coppa) return CHILD;
    const startedAt = performance.now();
    const timed = (person: Person): Person => {
      metrics.lookup((performance.now() - startedAt) / 1000, !person.known && person.why === 'lookup_failed');
      return person;
    };
    const person = findPerson(() => candidatesOf(request, partner, cipher), consent, lookups);
    return person instanceof Promise ? person.then(timed) : timed(person);
  }

  /** `startedAt`: `performance.now()` when the request came. */
  decide(prepared: PreparedBid, startedAt: number): BidOutcome {
    if (prepared.kind === 'invalid') return prepared;
    const { context } = prepared;
    const { engine, request, exchange } = context;
    const early = reasonBeforeMatch(context, startedAt);
    if (early !== undefined) return { kind: 'no_bid', reason: early, context };

    matchRequest(context);
    const { bidding, requestMatch, impMatch } = engine;
    const bids: BookedBid[] = [];
    const { currency } = select({
      bidding,
      requestMatch,
      impMatch,
      request,
      exchange,
      onChoice: (choice, cur) => bids.push(this.#book(choice, cur, context)),
    });
    if (bids.length === 0 || currency === undefined) {
      return { kind: 'no_bid', reason: reasonBehindMatch(context), context };
    }
    this.#options.metrics.bids(bids.length);
    return { kind: 'bid', context, currency, bids };
  }

  /** Gives the bid its number and reserves its cost, before the next impression is looked at. */
  #book(choice: Choice, currency: string, context: BidContext): BookedBid {
    const { exchange, request, person, nowMs, engine } = context;
    const { lineItem, ad, priceMicros } = choice.offer;
    const { idPrefix, budget } = this.#options;
    const sequence = this.#sequence++;
    const { budget: slot } = lineItem;
    // A test is answered like any other, and nobody pays for it.
    const isReserved = slot !== undefined && !request.test;
    if (isReserved) budget.reserve(slot, sequence, nowMs);
    const token: BidToken = {
      bidId: bidId(idPrefix, sequence),
      requestId: request.id,
      exchange: exchange.id,
      lineItemId: lineItem.id,
      creativeId: ad.creative.id,
      advertiserId: lineItem.advertiserId,
      priceMicros,
      currency,
      uid: person.known ? person.uid : null,
      at: nowMs,
      billing: exchange.billing,
      test: request.test,
      reserved: isReserved ? slot.cost : 0,
      unitMicros: slot?.unitMicros ?? 1,
      clickHash: ad.creative.clickHash,
    };
    return { choice, token, audienceIds: engine.requestMatch.audiences.heldOf(lineItem.wantedAudiences) };
  }
}

export type PreparedBid =
  { kind: 'invalid'; errors: ProblemError[] } | { kind: 'ready'; context: BidContext };

function reasonBeforeMatch({ engine, request }: BidContext, startedAt: number): NoBidReason | undefined {
  const { tmax } = request;
  if (tmax !== undefined && (tmax < TMAX_MIN_MS || performance.now() - startedAt > tmax))
    return 'insufficient_time';
  if (engine.bidding.lineItems.length === 0) return 'no_line_items';
  if (
    request.place === undefined ||
    !request.imps.some(({ banner }) => banner !== undefined && banner.sizes.length > 0)
  ) {
    return 'no_biddable_imp';
  }
  return undefined;
}

function reasonBehindMatch({ engine, person, request, exchange }: BidContext): NoBidReason {
  if (!person.known && person.why === 'lookup_failed') return 'lookup_failed';
  return engine.requestMatch.isSeatBlocked(request, exchange) ? 'blocked_by_request' : 'no_match';
}
