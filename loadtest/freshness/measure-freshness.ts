import { apiClient, until } from '../../services/main/demo/client';
import { percentile } from '../../services/main/demo/percentile';
import { startPlatform, type DemoPlatform } from '../../services/main/demo/platform';

export interface FreshnessResult {
  offeredPerSecond: number;
  samples: number;
  /** From the acknowledgement of an event to the first bid that uses it, ms. */
  p50Ms: number;
  p99Ms: number;
  /** From the answer to an opt-out to the first request that is no longer bid on, ms. */
  optOutP50Ms: number;
  optOutMaxMs: number;
  delaysMs: number[];
  optOutsMs: number[];
}

const BATCH = 10;
const PEOPLE = 20_000;
const PROBES_PER_SECOND = 4;

/** The whole platform under a steady stream of events; probes are people who were nobody until then. */
export async function measureFreshness(options: {
  perSecond: number;
  seconds: number;
  say: (line: string) => void;
}): Promise<FreshnessResult> {
  const platform = await startPlatform({ engines: false });
  try {
    await configureFreshness(platform);
    return await measureFreshnessOn(platform, { ...options, round: 1 });
  } finally {
    await platform.stop();
  }
}

/** One stretch of load on a platform that was configured before; nobody of another round is met again. */
export async function measureFreshnessOn(
  platform: DemoPlatform,
  options: { perSecond: number; seconds: number; round: number; say: (line: string) => void },
): Promise<FreshnessResult> {
  const { perSecond, seconds, round, say } = options;
  let sent = 0;
  let failed = 0;
  // Open loop: the next batch goes out when its time has come, whatever became of the last.
  const started = performance.now();
  const stream = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due; sent += BATCH) {
      const events = Array.from({ length: BATCH }, (_, i) => ({
        id: `stream-${round}-${sent + i}`,
        identity: `partner:sim:stream-${((sent + i) * 7919) % PEOPLE}`,
        type: i === 0 ? 'add_to_cart' : 'product_view',
        category: 'shoes',
      }));
      sendEvents(platform, events).catch(() => (failed += 1));
    }
  }, 5);

  const delaysMs: number[] = [];
  const optOutsMs: number[] = [];
  const probes: Promise<void>[] = [];
  for (let n = 0; n < seconds * PROBES_PER_SECOND; n++) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / PROBES_PER_SECOND));
    probes.push(
      probe(platform, `probe-${round}-${n}`, n % 5 === 0 ? optOutsMs : undefined).then(
        (delay) => void delaysMs.push(delay),
      ),
    );
    if (n % 20 === 0) say(`freshness: ${sent} events sent, ${delaysMs.length} probes answered`);
  }
  await Promise.all(probes);
  clearInterval(stream);
  const offeredPerSecond = Math.round(sent / ((performance.now() - started) / 1000));
  if (failed > 0) throw new Error(`${failed} batches of events failed`);
  return {
    offeredPerSecond,
    samples: delaysMs.length,
    p50Ms: percentile(delaysMs, 50),
    p99Ms: percentile(delaysMs, 99),
    optOutP50Ms: percentile(optOutsMs, 50),
    optOutMaxMs: percentile(optOutsMs, 100),
    delaysMs,
    optOutsMs,
  };
}

/** A new browser is synced, puts something into its cart and is asked for until the bid comes; some then opt out. */
async function probe(platform: DemoPlatform, uid: string, optOutsMs?: number[]): Promise<number> {
  const sync = await fetch(`${platform.collector}/sync?partner=sim&uid=${uid}`);
  await sync.arrayBuffer();
  const muid = /muid=([^;]+)/.exec(sync.headers.getSetCookie().join(';'))?.[1];
  if (muid === undefined) throw new Error('a sync set no cookie');
  const cookie = `muid=${muid}`;
  const pixel = await fetch(`${platform.collector}/pixel.gif?ev=add_to_cart&pub=daily`, {
    headers: { cookie },
  });
  await pixel.arrayBuffer();
  const acknowledged = performance.now();
  await until('a bid for the probe', async () => ((await bids(platform, uid)) ? true : undefined), 60_000);
  const delay = performance.now() - acknowledged;
  if (optOutsMs !== undefined) {
    const out = await fetch(`${platform.collector}/optout`, {
      method: 'POST',
      headers: { cookie },
      redirect: 'manual',
    });
    if (out.status >= 400) throw new Error(`an opt-out was answered ${out.status}`);
    const answered = performance.now();
    await until(
      'no bid after the opt-out',
      async () => ((await bids(platform, uid)) ? undefined : true),
      60_000,
    );
    optOutsMs.push(performance.now() - answered);
  }
  return delay;
}

async function bids(platform: DemoPlatform, uid: string): Promise<boolean> {
  const answer = await fetch(`${platform.bidder}/openrtb2/sim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: `${uid}-${Math.random()}`,
      imp: [{ id: '1', banner: { format: [{ w: 300, h: 250 }] } }],
      site: { domain: 'daily.example' },
      device: { geo: { country: 'USA' } },
      user: { id: uid },
    }),
  });
  await answer.arrayBuffer();
  return answer.status === 200;
}

async function sendEvents(platform: DemoPlatform, events: unknown[]): Promise<void> {
  const answer = await fetch(`${platform.collector}/v1/events?publisher=daily`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  if (answer.status !== 202) throw new Error(`events were answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** A publisher, an exchange, three audiences and a line item with a creative for one of them. */
export async function configureFreshness(platform: DemoPlatform): Promise<{ creative: string }> {
  const api = apiClient(platform.api, platform.adminToken);
  await api.post('/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
  await api.post('/v1/partners', { id: 'sim', name: 'sim', redirectHosts: [] });
  await api.post('/v1/exchanges', {
    id: 'sim',
    name: 'sim',
    matching: { partner: 'sim' },
    currencies: ['USD'],
    seat: 's',
  });
  await api.post('/v1/advertisers', {
    id: 'shop',
    name: 'Shop',
    domain: 'shop.example',
    categories: ['IAB22'],
  });
  const { id: creative } = await api.post<{ id: string }>('/v1/creatives', {
    advertiserId: 'shop',
    type: 'banner',
    w: 300,
    h: 250,
    adm: '<b>ad</b>',
  });
  const audiences: string[] = [];
  for (const rule of [
    { event: 'add_to_cart', within: '1d' },
    { event: 'product_view', where: { category: 'shoes' }, count: { gte: 3 }, within: '7d' },
    { not: { event: 'purchase', within: '30d' } },
  ]) {
    audiences.push((await api.post<{ id: string }>('/v1/audiences', { name: 'audience', rule })).id);
  }
  await api.post('/v1/line-items', {
    advertiserId: 'shop',
    name: 'cart',
    status: 'active',
    bidCpm: '1.00',
    currency: 'USD',
    audiences: { anyOf: audiences.slice(0, 1) },
    creatives: [creative],
  });
  return { creative };
}
