/**
 * What a bid owes its request, written from OpenRTB 2.6 alone: it shares no code with the bidder and is as plain
 * as it can be. Works on the JSON that went in and came out. Answers every rule that is broken.
 */

type Json = Record<string, unknown>;

export interface CheckerContext {
  /** Markup demands that a bid itself does not show, by creative id. */
  creatives: Map<string, { mimes: string[]; secure: boolean; domains: string[]; bundles: string[] }>;
  seat: string | undefined;
  /** 1 unit of the base = rate units of each currency, the base included; empty: no rates. */
  rates: Map<string, number>;
  /** Line item id → price in its currency. */
  lineItems: Map<string, { cpm: number; currency: string }>;
}

export function brokenRules(request: Json, response: Json, context: CheckerContext): string[] {
  const broken: string[] = [];
  const cur = (response['cur'] as string | undefined) ?? 'USD';
  if (response['id'] !== request['id']) broken.push('id is not the request’s');
  const allowed = list<string>(request['cur']);
  if (allowed.length > 0 && !allowed.includes(cur)) broken.push(`currency ${cur} is not allowed`);
  const seen = new Set<unknown>();
  for (const seatbid of list<Json>(response['seatbid'])) {
    const wseat = list<string>(request['wseat']);
    if (wseat.length > 0 && !wseat.includes(seatbid['seat'] as string)) broken.push('seat is not on wseat');
    if (list(request['bseat']).includes(seatbid['seat'])) broken.push('seat is on bseat');
    for (const bid of list<Json>(seatbid['bid'])) {
      if (seen.has(bid['impid'])) broken.push('two bids for one impression');
      seen.add(bid['impid']);
      broken.push(...checkBid(request, bid, cur, context));
    }
  }
  if (seen.size === 0) broken.push('a response without a bid');
  return broken;
}

function checkBid(request: Json, bid: Json, cur: string, context: CheckerContext): string[] {
  const broken: string[] = [];
  const imp = list<Json>(request['imp']).find(({ id }) => id === bid['impid']);
  if (imp === undefined) return ['impid is not in the request'];
  const banner = imp['banner'] as Json | undefined;
  if (!banner) return ['the impression takes no banner'];

  const formats = list<Json>(banner['format']).filter(({ w, h }) => Number(w) > 0 && Number(h) > 0);
  const sizes = formats.length > 0 ? formats : [banner];
  if (!sizes.some(({ w, h }) => w === bid['w'] && h === bid['h'])) broken.push('size');
  const attr = list<number>(bid['attr']);
  if (attr.some((value) => list(banner['battr']).includes(value))) broken.push('battr');
  if (list<number>(bid['apis']).some((value) => !list(banner['api']).includes(value))) broken.push('api');

  const creative = context.creatives.get(bid['crid'] as string)!;
  const mimes = list<string>(banner['mimes']);
  if (mimes.length > 0 && creative.mimes.some((mime) => !mimes.includes(mime))) broken.push('mimes');
  if (imp['secure'] === 1 && !creative.secure) broken.push('secure');
  if (creative.bundles.some((bundle) => list(request['bapp']).includes(bundle))) broken.push('bapp');

  for (const blocked of list<string>(request['badv'])) {
    const isBlocked = (domain: string): boolean => domain === blocked || domain.endsWith(`.${blocked}`);
    if ([...list<string>(bid['adomain']), ...creative.domains].some(isBlocked))
      broken.push(`badv ${blocked}`);
  }
  const covers = (list_: string[], category: string): boolean =>
    list_.some((code) => category === code || category.startsWith(`${code}-`));
  const categories = list<string>(bid['cat']);
  if (categories.some((category) => covers(list(request['bcat']), category))) broken.push('bcat');
  const acat = list<string>(request['acat']);
  if (
    acat.length > 0 &&
    (categories.length === 0 || !categories.every((category) => covers(acat, category)))
  ) {
    broken.push('acat');
  }

  const pmp = (imp['pmp'] as Json | undefined) ?? {};
  const deal = list<Json>(pmp['deals']).find(({ id }) => id === bid['dealid']);
  if (bid['dealid'] !== undefined && deal === undefined) broken.push('deal is not offered');
  if (pmp['private_auction'] === 1 && deal === undefined) broken.push('private auction without a deal');
  if (deal !== undefined) {
    const wseat = list<string>(deal['wseat']);
    if (wseat.length > 0 && !wseat.includes(context.seat ?? '')) broken.push('deal for other seats');
    const wadomain = list<string>(deal['wadomain']);
    if (wadomain.length > 0 && !list<string>(bid['adomain']).every((domain) => wadomain.includes(domain))) {
      broken.push('deal for other advertisers');
    }
  }
  const floored = deal?.['bidfloor'] !== undefined ? deal : imp;
  const floor = Number(floored['bidfloor'] ?? 0);
  const price = Number(bid['price']);
  if (floor > 0) {
    const converted = convert(
      price,
      cur,
      (floored['bidfloorcur'] as string | undefined) ?? 'USD',
      context.rates,
    );
    if (!(converted >= floor - 1e-6)) broken.push(`price ${price} ${cur} under the floor ${floor}`);
  }
  const { cpm, currency } = context.lineItems.get(bid['cid'] as string)!;
  if (Math.abs(convert(cpm, currency, cur, context.rates) - price) > 1e-6)
    broken.push('price is not that of the line item');
  if (request['site'] === undefined && request['app'] === undefined) broken.push('bid without a place');
  for (const field of ['id', 'adid', 'nurl', 'burl', 'lurl', 'adm', 'exp', 'mtype']) {
    if (bid[field] === undefined || bid[field] === '') broken.push(`no ${field}`);
  }
  if (!String(bid['adm']).includes('/impression?')) broken.push('no impression pixel');
  return broken;
}

/** NaN without a rate. */
function convert(amount: number, from: string, to: string, rates: Map<string, number>): number {
  if (from === to) return amount;
  return (amount / (rates.get(from) ?? NaN)) * (rates.get(to) ?? NaN);
}

function list<T = unknown>(value: unknown): T[] {
  return (value ?? []) as T[];
}
