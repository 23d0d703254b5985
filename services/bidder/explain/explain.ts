import { allows } from '../../shared/domain/consent/bits';
import { deniedVendorsOf, matchRequest, type BidContext } from '../bid-context';
import { restsOn } from '../match/audience-match';
import type { OfferResult } from '../match/imp-match';
import { allowedCurrencies, select } from '../match/select';
import { asciiJson } from '../ascii-json';
import { NO_BID_CODE } from '../answer/no-bid-code';
import type { LineItemReason, NoBidReason } from '../../shared/domain/reasons';

const MICROS = 1_000_000;
const PROVIDER_DENIED: LineItemReason = 'provider_consent_denied';

/**
 * Everything that decides on a request, as JSON: consent, person, audiences with their age, and for every line
 * item and impression the first reason against it or its price. It asks the very objects that bid, in the same
 * order, and reserves nothing.
 */
export function explain(context: BidContext): Record<string, unknown> {
  const { engine, request, exchange } = context;
  const { bidding, requestMatch, impMatch } = engine;
  matchRequest(context);
  const winners = new Map<number, number>();
  const selection = select({
    bidding,
    requestMatch,
    impMatch,
    request,
    exchange,
    onChoice: ({ imp, offer }) => winners.set(imp.index, offer.lineItem.index),
  });
  const currency = selection.currency ?? allowedCurrencies(request, exchange)[0] ?? 'USD';
  const prices = bidding.pricesIn(currency) ?? new Float64Array(bidding.lineItems.length).fill(NaN);

  const lineItems = bidding.lineItems.map(({ id, source }): ExplainedLineItem => ({
    lineItemId: id,
    name: source.name,
    imps: [],
  }));
  for (const imp of request.imps) {
    impMatch.startImp(imp, requestMatch.eligible, currency, prices);
    bidding.lineItems.forEach((lineItem, index) => {
      const reason = requestMatch.reasonAgainst(index);
      const result: OfferResult = reason === undefined ? impMatch.offerOf(lineItem) : { ok: false, reason };
      lineItems[index]!.imps.push({
        impid: imp.id,
        ...(result.ok
          ? {
              price: result.offer.priceMicros / MICROS,
              currency,
              creativeId: result.offer.ad.creative.id,
              ...(result.offer.deal === undefined ? {} : { dealid: result.offer.deal.id }),
              wins: winners.get(imp.index) === index,
            }
          : { reason: result.reason }),
      });
    });
  }
  lineItems.push(...pausedOf(context));
  return { id: request.id, exchange: exchange.id, currency, ...aboutPerson(context), lineItems };
}

interface ExplainedLineItem {
  lineItemId: string;
  name: string;
  imps: Record<string, unknown>[];
}

function pausedOf({ engine, request }: BidContext): ExplainedLineItem[] {
  const reason: LineItemReason = 'paused';
  return engine.bidding.pausedLineItems.map(({ id, name }) => ({
    lineItemId: id,
    name,
    imps: request.imps.map((imp) => ({ impid: imp.id, reason })),
  }));
}

/** What `?debug=1` adds to an answer. */
export function debugExt(context: BidContext, reason: NoBidReason | undefined, tookMs: number): unknown {
  return {
    muster: {
      ...(reason === undefined ? {} : { reason }),
      tookMs: Math.round(tookMs * 1000) / 1000,
      ...aboutPerson(context),
    },
  };
}

/** OpenRTB 4.2.1 without bids, for whoever debugs; everybody else gets 204. */
export function noBidJson(context: BidContext, reason: NoBidReason, tookMs: number): string {
  return asciiJson({
    id: context.request.id,
    seatbid: [],
    nbr: NO_BID_CODE[reason],
    ext: debugExt(context, reason, tookMs),
  });
}

function aboutPerson(context: BidContext): Record<string, unknown> {
  const { consent, person, engine, nowMs, request } = context;
  const gates = ['storage', 'profile', 'personalisation', 'measurement'] as const;
  const permissions = Object.fromEntries(gates.map((gate) => [gate, allows(consent, gate)]));
  const about = { consent: { ...permissions, signal: (consent & 1) !== 0, coppa: request.regs.coppa } };
  if (!person.known) return { ...about, person: { known: false, reason: person.why }, audiences: [] };
  const { record } = person;
  const denied = deniedVendorsOf(context);
  const audiences = (record?.memberships ?? []).flatMap(({ audience: number, sinceS, untilS }) => {
    const audience = engine.audiences.byNumber.get(number);
    if (audience === undefined) return [];
    const isCurrent = untilS * 1000 > nowMs;
    return [
      {
        id: audience.id,
        since: new Date(sinceS * 1000).toISOString(),
        until: untilS === 0xffffffff ? null : new Date(untilS * 1000).toISOString(),
        ageSeconds: Math.max(0, Math.floor(nowMs / 1000 - sinceS)),
        ...(isCurrent ? {} : { expired: true }),
        ...(restsOn(audience, denied) ? { withheld: PROVIDER_DENIED } : {}),
      },
    ];
  });
  return {
    ...about,
    person: {
      known: true,
      identity: person.identity.slice(0, person.identity.indexOf(':')),
      uid: person.uid,
      evaluatedAt: record === undefined ? null : new Date(record.evaluatedAt).toISOString(),
      evaluatedSecondsAgo:
        record === undefined ? null : Math.max(0, Math.round(nowMs - record.evaluatedAt) / 1000),
    },
    audiences,
  };
}
