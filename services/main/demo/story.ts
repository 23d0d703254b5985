import type { Api } from './client';
import type { DemoCatalog } from './catalog';
import type { Exchange } from './exchange';
import type { Browser } from './world';

interface Profile {
  uid: number;
  identities: (string | { identity: string })[];
  traits: { trait: string }[];
  events: { type: string; sku?: string; category?: string }[];
  audiences: { id: string; name: string; since: string }[];
}

/** The part of an explanation that the story tells. */
interface Explanation {
  lineItems: { lineItemId: string; name: string; imps: { reason?: string; price?: number }[] }[];
}

/** One person's day: what they did, where that put them, what was bid for them and why not something else. */
export async function tellStory(options: {
  api: Api;
  explainAt: { url: string; key: string };
  catalog: DemoCatalog;
  exchange: Exchange;
  browser: Browser;
}): Promise<string[]> {
  const { api, explainAt, catalog, exchange, browser } = options;
  const identity = `partner:openx-sim:${browser.exchangeUid}`;
  const profile = await api.get<Profile>(`/v1/profiles/${encodeURIComponent(identity)}`);
  const kinds = profile.identities.map(
    (entry) => (typeof entry === 'string' ? entry : entry.identity).split(':')[0] ?? '',
  );
  const lines = [
    `Person ${profile.uid}, known by ${profile.identities.length} identities (${[...new Set(kinds)].join(', ')})`,
    ...profile.events
      .slice(0, 4)
      .map(
        (event) => `  did      ${event.type}${event.sku ? ` of ${event.sku}` : ''} on ${browser.site.domain}`,
      ),
    ...profile.traits.slice(0, 3).map(({ trait }) => `  is       ${trait}`),
    ...profile.audiences.map(({ name }) => `  is in    ${name}`),
  ];

  const { bid } = await exchange.auction(browser);
  const won = catalog.lineItems.find((lineItem) => lineItem.id === bid?.cid);
  lines.push(bid ? `  was bid  ${bid.price} USD CPM by "${won?.name ?? bid.cid}"` : '  was bid  nothing');

  const answer = await fetch(explainAt.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${explainAt.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(exchange.bidRequest(browser)),
  });
  if (!answer.ok) throw new Error(`${explainAt.url} was answered ${answer.status}: ${await answer.text()}`);
  const explained = (await answer.json()) as Explanation;
  for (const { lineItemId, name, imps } of explained.lineItems) {
    const [imp] = imps;
    if (imp === undefined || lineItemId === bid?.cid) continue;
    lines.push(`  not      "${name}": ${imp.reason ?? `only ${imp.price} USD CPM`}`);
  }
  return lines;
}
