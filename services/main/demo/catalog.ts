import type { Api } from './client';
import { PROVIDER, SITES, TRAITS } from './world';

export const EXCHANGE = 'openx-sim';
export const EXCHANGE_PARTNER = 'openx-sim';

export interface DemoCatalog {
  /** Audience ids by what they are for. */
  audiences: { id: string; name: string }[];
  lineItems: { id: string; name: string }[];
  providerKey: string;
  publisherKeys: Map<string, string>;
}

interface Created {
  id: string;
}

/** Everything people configure before the day begins, through the API. */
export async function configure(api: Api): Promise<DemoCatalog> {
  await api.post('/v1/providers', {
    id: PROVIDER,
    name: 'Household Panel',
    rate: { cpm: '0.40', currency: 'USD' },
  });
  for (const trait of TRAITS) await api.post(`/v1/providers/${PROVIDER}/traits`, trait);
  for (const { publisher, domain } of SITES) {
    await api.post('/v1/publishers', { id: publisher, name: domain, domains: [domain] });
  }
  for (const id of [EXCHANGE_PARTNER, PROVIDER]) {
    await api.post('/v1/partners', {
      id,
      name: id,
      syncUrl: `https://sync.${id}.example/match?uid=$UID`,
      redirectHosts: [`sync.${id}.example`],
    });
  }
  await api.post('/v1/exchanges', {
    id: EXCHANGE,
    name: 'Simulated exchange',
    matching: { partner: EXCHANGE_PARTNER },
    currencies: ['USD'],
    seat: 'muster',
  });

  const key = async (role: string): Promise<string> =>
    (await api.post<{ key: string }>('/v1/keys', { role })).key;
  const publisherKeys = new Map<string, string>();
  for (const { publisher } of SITES) publisherKeys.set(publisher, await key(`publisher:${publisher}`));

  const audience = async (name: string, rule: unknown): Promise<{ id: string; name: string }> => {
    const { id } = await api.post<Created>('/v1/audiences', { name, rule });
    return { id, name };
  };
  const runners = await audience('Runners in the market', {
    all: [
      { any: [{ trait: 'panel/interest/running' }, { trait: 'panel/buyer/sportswear' }] },
      { event: 'product_view', where: { category: 'shoes' }, within: '7d' },
    ],
  });
  const cart = await audience('Cart left behind', {
    all: [{ event: 'add_to_cart', within: '1d' }, { not: { event: 'purchase', within: '1d' } }],
  });
  const browsing = await audience('Keen on jackets or travel', {
    any: [
      { event: 'product_view', where: { category: 'jackets' }, count: { gte: 2 }, within: '7d' },
      { trait: 'panel/interest/travel', within: '15d' },
    ],
  });

  const advertiser = async (id: string, domain: string, category: string): Promise<void> => {
    await api.post('/v1/advertisers', { id, name: id, domain, categories: [category] });
  };
  await advertiser('fleetfoot', 'fleetfoot.example', 'IAB17');
  await advertiser('farhorizon', 'farhorizon.example', 'IAB20');

  const creative = async (advertiserId: string, w: number, h: number): Promise<string> => {
    const adm = `<a href="\${MUSTER_CLICK}"><img src="https://cdn.${advertiserId}.example/${w}x${h}.png" width="${w}" height="${h}"></a>`;
    const clickUrl = `https://www.${advertiserId}.example/landing`;
    return (
      await api.post<Created>('/v1/creatives', {
        advertiserId,
        type: 'banner',
        w,
        h,
        adm,
        clickUrl,
        attr: [],
      })
    ).id;
  };
  const lineItem = async (body: Record<string, unknown>): Promise<{ id: string; name: string }> => {
    const { id } = await api.post<Created>('/v1/line-items', { status: 'active', currency: 'USD', ...body });
    return { id, name: String(body['name']) };
  };
  const fleetfoot = [await creative('fleetfoot', 300, 250), await creative('fleetfoot', 728, 90)];
  const farhorizon = [await creative('farhorizon', 300, 250)];
  const usa = { countries: ['USA'] };
  const lineItems = [
    await lineItem({
      advertiserId: 'fleetfoot',
      name: 'Come back to your cart',
      bidCpm: '6.50',
      audiences: { anyOf: [cart.id] },
      geo: usa,
      budget: { daily: '50.00' },
      creatives: fleetfoot,
    }),
    await lineItem({
      advertiserId: 'fleetfoot',
      name: 'Runners, not yet at the till',
      bidCpm: '4.20',
      audiences: { anyOf: [runners.id], noneOf: [cart.id] },
      geo: usa,
      budget: { daily: '40.00' },
      creatives: fleetfoot,
    }),
    await lineItem({
      advertiserId: 'farhorizon',
      name: 'Away from it all',
      bidCpm: '3.10',
      audiences: { anyOf: [browsing.id] },
      sites: { exclude: ['blocked.example'] },
      creatives: farhorizon,
    }),
    await lineItem({
      advertiserId: 'farhorizon',
      name: 'Everybody',
      bidCpm: '0.60',
      budget: { daily: '5.00' },
      creatives: farhorizon,
    }),
  ];
  return {
    audiences: [runners, cart, browsing],
    lineItems,
    providerKey: await key(`provider:${PROVIDER}`),
    publisherKeys,
  };
}
