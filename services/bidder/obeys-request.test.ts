import fc from 'fast-check';
import type { BiddingSnapshot } from '../shared/domain/snapshot';
import type { CreativePatch, LineItemPatch } from './testing/catalog-fixtures';
import { catalog } from './testing/catalog-fixtures';
import { brokenRules, type CheckerContext } from './testing/checker';
import { PipelineRig } from './testing/pipeline-rig';

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Absent in `absent` of `absent + 1` cases. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, absent = 4): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const subset = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values);

const size = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ w: 300, h: 250 }) },
  { weight: 1, arbitrary: some({ w: 728, h: 90 }, { w: 320, h: 50 }) },
);
const category = some('IAB1', 'IAB1-1', 'IAB2-3', 'IAB22', 'IAB22-1');
const domain = some('shop.example', 'sale.shop.example', 'brand.example', 'example');
const currency = some('USD', 'EUR', 'JPY');
const price = fc.integer({ min: 1, max: 6_000_000 });
const deal = some('d1', 'd2', 'd3');

const creatives = fc.array(
  fc.record({
    size,
    secure: fc.boolean(),
    cat: fc.array(category, { maxLength: 2 }),
    adomain: fc.array(domain, { maxLength: 2 }),
    attr: subset(1, 2, 6),
    api: fc.oneof(
      { weight: 3, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: subset(3, 5) },
    ),
    mimes: subset('image/png', 'text/html'),
    bundle: rarely(some('com.a', 'com.b')),
  }),
  { minLength: 1, maxLength: 4 },
);
const lineItems = fc.array(
  fc.record({
    price,
    currency,
    deals: fc.uniqueArray(deal, { maxLength: 2 }),
    creative: fc.nat(3),
    second: fc.nat(3),
  }),
  { minLength: 1, maxLength: 6 },
);
const floor = fc.record(
  { bidfloor: fc.integer({ min: 0, max: 4_000 }).map((milli) => milli / 1000), bidfloorcur: currency },
  { requiredKeys: [] },
);
const imp = fc.record({
  floor,
  size: fc.option(size, { nil: undefined }),
  formats: rarely(fc.array(size, { maxLength: 2 })),
  secure: rarely(some(0, 1)),
  battr: rarely(subset(1, 2, 6)),
  api: rarely(subset(3, 5)),
  mimes: rarely(subset('image/png', 'text/html', 'image/gif')),
  isVideo: fc.boolean(),
  pmp: rarely(
    fc.record({
      private_auction: some(0, 1),
      deals: fc.uniqueArray(
        fc
          .record({
            id: deal,
            floor: rarely(floor),
            wseat: rarely(subset('seat-1', 'x')),
            wadomain: rarely(subset('shop.example', 'brand.example')),
          })
          .map(({ floor: own, ...rest }) => ({ ...rest, ...own })),
        { maxLength: 3, selector: ({ id }) => id },
      ),
    }),
    1,
  ),
});
const request = fc.record({
  id: fc.uuid(),
  imps: fc.array(imp, { minLength: 1, maxLength: 3 }),
  cur: rarely(subset('USD', 'EUR', 'JPY', 'GBP'), 2),
  bcat: rarely(fc.array(category, { maxLength: 2 })),
  acat: rarely(fc.array(category, { maxLength: 3 }), 8),
  badv: rarely(fc.array(domain, { maxLength: 1 })),
  bapp: rarely(subset('com.a', 'com.b')),
  wseat: rarely(subset('seat-1', 'x'), 8),
  bseat: rarely(subset('seat-1', 'x'), 8),
  place: fc.oneof(
    { weight: 9, arbitrary: some({ site: { domain: 'news.example' } }, { app: { bundle: 'com.x' } }) },
    { weight: 1, arbitrary: fc.constant({}) },
  ),
});

type GeneratedRequest = typeof request extends fc.Arbitrary<infer R> ? R : never;

test('every bid obeys its request, and no better bid that would is missed, by a checker of its own', async () => {
  let bids = 0;
  let requests = 0;
  await fc.assert(
    fc.asyncProperty(
      creatives,
      lineItems,
      fc.boolean(),
      fc.array(request, { minLength: 3, maxLength: 3 }),
      async (ads, items, hasRates, requests_) => {
        const creativePatches: CreativePatch[] = ads.map(({ size: { w, h }, bundle, ...rest }, i) => ({
          id: `cr-${i}`,
          w,
          h,
          ...rest,
          clickUrl:
            bundle === undefined
              ? 'https://shop.example/'
              : `https://play.google.com/store/apps/details?id=${bundle}`,
        }));
        const idOf = (number: number): string => `cr-${number % ads.length}`;
        const lineItemPatches: LineItemPatch[] = items.map((item, i) => ({
          id: `li-${i}`,
          bidCpmMicros: item.price,
          currency: item.currency,
          deals: item.deals,
          creatives: [...new Set([idOf(item.creative), idOf(item.second)])],
        }));
        const rates = { EUR: 0.9, JPY: 151.3 };
        const snapshot = catalog({
          lineItems: lineItemPatches,
          creatives: creativePatches,
          fx: hasRates ? { base: 'USD', rates } : null,
        });
        const context: CheckerContext = {
          seat: 'seat-1',
          rates: new Map(hasRates ? [['USD', 1], ...Object.entries(rates)] : []),
          creatives: new Map(
            snapshot.creatives.map((creative, i) => [
              creative.id,
              {
                mimes: creative.mimes,
                secure: creative.secure,
                domains: [...creative.adomain, 'shop.example'],
                bundles: ads[i]!.bundle === undefined ? [] : [ads[i]!.bundle],
              },
            ]),
          ),
          lineItems: new Map(
            snapshot.lineItems.map(({ id, bidCpmMicros, currency: own }) => [
              id,
              { cpm: bidCpmMicros / 1e6, currency: own },
            ]),
          ),
        };
        const rig = new PipelineRig();
        rig.catalog.setBidding(snapshot);
        try {
          for (const generated of requests_) {
            const body = JSON.parse(JSON.stringify(requestOf(generated))) as Record<string, unknown>;
            const response = (await rig.bid(body)) as Record<string, unknown> | undefined;
            requests += 1;
            expect(bestPrices(response)).toEqual(bestPossible(body, snapshot, context));
            if (response === undefined) continue;
            bids += 1;
            expect(brokenRules(body, response, context)).toEqual([]);
          }
        } finally {
          await rig.close();
        }
      },
    ),
    { numRuns: 400 },
  );
  // A property about bids says nothing where none are made.
  expect(bids / requests).toBeGreaterThan(0.05);
});

interface Best {
  cur: string;
  /** Impression → price. */
  prices: Record<string, number>;
}

function bestPrices(response: Record<string, unknown> | undefined): Best | undefined {
  if (response === undefined) return undefined;
  const [{ bid }] = response['seatbid'] as [{ bid: { impid: string; price: number }[] }];
  return {
    cur: response['cur'] as string,
    prices: Object.fromEntries(bid.map(({ impid, price: own }) => [impid, own])),
  };
}

/** Tries every line item, creative and deal on every impression, and asks the checker alone. */
function bestPossible(
  body: Record<string, unknown>,
  snapshot: BiddingSnapshot,
  context: CheckerContext,
): Best | undefined {
  const allowed = (body['cur'] ?? []) as string[];
  for (const cur of allowed.length > 0 ? allowed : ['USD']) {
    const prices: Record<string, number> = {};
    for (const { id: impid, pmp } of body['imp'] as { id: string; pmp?: { deals: { id: string }[] } }[]) {
      for (const item of snapshot.lineItems) {
        const factor =
          item.currency === cur
            ? 1
            : (context.rates.get(cur) ?? NaN) / (context.rates.get(item.currency) ?? NaN);
        const own = Math.round(item.bidCpmMicros * factor) / 1e6;
        if (Number.isNaN(own) || own <= (prices[impid] ?? 0)) continue;
        const offered = (pmp?.deals ?? []).filter(({ id }) => item.deals.includes(id)).map(({ id }) => id);
        const deals = item.deals.length === 0 ? [undefined] : offered;
        const fits = item.creatives.some((crid) =>
          deals.some((dealid) => {
            const { w, h, attr, api, adomain, cat } = snapshot.creatives.find(({ id }) => id === crid)!;
            const bid = {
              impid,
              price: own,
              cid: item.id,
              crid,
              dealid,
              w,
              h,
              attr,
              apis: api,
              ...FORMALITIES,
            };
            Object.assign(bid, {
              adomain: adomain.length > 0 ? adomain : ['shop.example'],
              cat: cat.length > 0 ? cat : ['IAB22'],
            });
            const response = { id: body['id'], cur, seatbid: [{ seat: 'seat-1', bid: [bid] }] };
            return brokenRules(body, response, context).length === 0;
          }),
        );
        if (fits) prices[impid] = own;
      }
    }
    if (Object.keys(prices).length > 0) return { cur, prices };
  }
  return undefined;
}

const FORMALITIES = {
  id: 'x',
  adid: 'x',
  nurl: 'x',
  burl: 'x',
  lurl: 'x',
  adm: '/impression?',
  exp: 1,
  mtype: 1,
};

function requestOf({ imps, place, ...rest }: GeneratedRequest): unknown {
  return {
    ...rest,
    ...place,
    imp: imps.map(({ floor: own, size: exact, formats, secure, isVideo, pmp, ...banner }, i) => ({
      id: String(i),
      ...own,
      secure,
      pmp,
      banner: { ...exact, format: formats, ...banner },
      video: isVideo ? { mimes: ['video/mp4'] } : undefined,
    })),
  };
}
