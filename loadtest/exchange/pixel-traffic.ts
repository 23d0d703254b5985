import { Chance } from '../../services/main/demo/world';
import type { HttpRequest } from '../load/http-sender';
import { gppString, tcString } from './consent-strings';
import { MIX, TCF_COUNTRIES } from './mix';
import { personIds } from './people';
import { draw, type Shares } from './shares';

const STRINGS = 40;

/** What pages of a publisher send to the collector, and how often; a tenth comes from browsers without our cookie yet. */
const CALLS = [
  ['page_view', 0.55],
  ['product_view', 0.25],
  ['add_to_cart', 0.07],
  ['purchase', 0.03],
  ['sync', 0.1],
] satisfies Shares<string>;
const NEW_BROWSERS = 0.1;

/** Pixels and cookie syncs with the query strings that tags write, the same for the same seed. */
export function pixelTrafficRequests({
  count,
  people,
  seed,
}: {
  count: number;
  people: number;
  seed: number;
}): HttpRequest[] {
  const chance = new Chance(seed);
  const granted = Array.from({ length: STRINGS }, () => tcString(chance, true));
  const denied = Array.from({ length: STRINGS }, () => tcString(chance, false));
  const gpp = gppString(false);
  return Array.from({ length: count }, (_, n) => {
    const call = draw(chance, CALLS);
    const ids = personIds(1 + chance.below(people));
    const query = new URLSearchParams(
      call === 'sync'
        ? { partner: 'sim', uid: ids.partnerUid }
        : {
            pub: 'daily',
            ev: call,
            url: `https://daily.example/section/article-${chance.below(5_000)}?utm_source=newsletter&utm_campaign=${chance.hex(8)}`,
            ref: 'https://search.example/',
            cat: chance.pick(['shoes', 'jackets', 'books', 'news']),
            ...(call === 'page_view' ? {} : { sku: `sku-${chance.below(1_000)}` }),
            ...(call === 'purchase' ? { value: '12.50', currency: 'USD' } : {}),
          },
    );
    const country = draw(chance, MIX.country);
    if (TCF_COUNTRIES.has(country)) {
      query.set('gdpr', '1');
      const tcf = draw(chance, MIX.tcf);
      if (tcf !== 'missing') query.set('gdpr_consent', chance.pick(tcf === 'granted' ? granted : denied));
    } else if (country === 'USA') {
      query.set('gpp', gpp);
      query.set('gpp_sid', '7');
    } else query.set('gdpr', '0');
    const isNew = chance.next() < NEW_BROWSERS;
    return {
      method: 'GET',
      path: `/${call === 'sync' ? 'sync' : 'pixel.gif'}?${query.toString()}`,
      headers: {
        'user-agent': `Mozilla/5.0 (browser ${n % 1_000})`,
        referer: 'https://daily.example/',
        ...(isNew ? {} : { cookie: `muid=${ids.cookie}` }),
      },
    };
  });
}
