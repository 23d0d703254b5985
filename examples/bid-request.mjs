/** A bid request, its answer and the notices; then one without a bid, and why. */
import { API, BIDDER, call, ensure, KEY, until } from './platform.mjs';

await ensure('/v1/exchanges', { id: 'example-exchange', name: 'Example exchange', currencies: ['USD'] });
await ensure('/v1/advertisers', { id: 'example-brand', name: 'Example brand', domain: 'brand.example' });
await ensure('/v1/creatives', {
  id: 'example-banner',
  advertiserId: 'example-brand',
  type: 'banner',
  w: 728,
  h: 90,
  clickUrl: 'https://brand.example/',
  adm: '<a href="${MUSTER_CLICK}">Brand</a>',
});
await ensure('/v1/line-items', {
  id: 'example-line-item',
  advertiserId: 'example-brand',
  name: 'Everybody in Canada',
  bidCpm: '1.20',
  currency: 'USD',
  geo: { countries: ['CAN'] },
  exchanges: ['example-exchange'],
  creatives: ['example-banner'],
});

const request = (country) => ({
  id: `request-${Date.now()}`,
  imp: [{ id: '1', banner: { format: [{ w: 728, h: 90 }] } }],
  site: { domain: 'site.example' },
  device: { geo: { country } },
});
const ask = async (body, query = '') => {
  const response = await fetch(`${BIDDER}/openrtb2/example-exchange${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
  });
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
};

const answer = await until('there is a bid', () => ask(request('CAN')));
const [bid] = answer.seatbid[0].bid;
console.log(`bid ${bid.price} ${answer.cur} by line item ${bid.cid} with creative ${bid.crid}`);

const notify = async (url) => {
  const filled = url.replace('${AUCTION_PRICE}', '0.80').replace(/\$\{AUCTION_\w+\}/g, '');
  return (await fetch(filled, { redirect: 'manual' })).status;
};
console.log('win notice:', await notify(bid.nurl), '· billing notice:', await notify(bid.burl));

const none = await ask(request('FRA'), '?debug=1');
console.log('no bid in France:', none.ext.muster.reason);
const { lineItems } = await call('POST', `${BIDDER}/explain/example-exchange`, request('FRA'));
const mine = lineItems.find(({ lineItemId }) => lineItemId === 'example-line-item');
console.log('because of', mine.imps[0].reason);
console.log('line item:', (await call('GET', `${API}/v1/line-items/example-line-item`)).status);
