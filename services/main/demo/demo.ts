import { gzipSync } from 'node:zlib';
import Table from 'cli-table3';
import { apiClient, DemoError, inParallel, until, type Api } from './client';
import { Page } from './browsing';
import { configure, EXCHANGE, type DemoCatalog } from './catalog';
import { Exchange, type Bid } from './exchange';
import { measureFreshness } from './freshness';
import { percentile } from './percentile';
import { startPlatform, type DemoPlatform } from './platform';
import { Progress } from './progress';
import { tellStory } from './story';
import { Chance, makeBrowsers, PROVIDER, providerFile, WRONG_LINES, type Browser } from './world';

export interface DemoOptions {
  seed: number;
  /** End after the table instead of staying up. */
  exit: boolean;
  /** On servers of their own instead of the embedded engines. */
  engines: boolean;
}

const BROWSERS = 3_000;
const RECORDS = 50_000;
const AUCTIONS = 5_000;
const PROBES = 30;

/** Resolves when everything came true and, unless `exit` is set, somebody ended it. Rejects with what did not. */
export async function demo({ seed, exit, engines }: DemoOptions): Promise<void> {
  const progress = new Progress(process.stdout);
  const platform = await progress.step(
    `starting the platform on ${engines ? 'servers of their own' : 'embedded engines'}, in a fresh temporary directory`,
    () => startPlatform({ engines }),
  );
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  const ended = Promise.race([
    interrupted.then(() => 'interrupted' as const),
    platform.exited.then(() => 'platform' as const),
  ]);
  try {
    const outcome = await Promise.race([play(platform, seed, progress), ended]);
    if (outcome === 'interrupted') return;
    if (outcome === 'platform') throw new DemoError(`the platform ended by itself; see ${platform.logFile}`);
    if (exit) return;
    process.stdout.write(`\nStill running. Look around, Ctrl-C ends it:
  API and docs  ${platform.api}/docs   (Authorization: Bearer ${platform.adminToken})
  Collector     ${platform.collector}/privacy
  ClickHouse    curl -H 'Authorization: Bearer ${platform.adminToken}' '${platform.api}/clickhouse/?query=SELECT+type,count()+FROM+events+GROUP+BY+type'
`);
    await ended;
  } finally {
    await platform.stop();
  }
}

async function play(platform: DemoPlatform, seed: number, progress: Progress): Promise<void> {
  const chance = new Chance(seed);
  const api = apiClient(platform.api, platform.adminToken);
  const page = new Page(platform.collector);
  const exchange = new Exchange(platform.bidder, chance, 'day');
  const everybody = makeBrowsers(chance, BROWSERS + PROBES);
  const browsers = everybody.slice(0, BROWSERS);
  const probes = everybody.slice(BROWSERS);

  const catalog = await progress.step('taxonomy, audiences and line items through the API', () =>
    configure(api),
  );
  const file = providerFile(chance, browsers, RECORDS, Date.now());
  const imported = await progress.step(
    `a data provider's file of ${RECORDS.toLocaleString('en')} records`,
    () => sendFile(platform, catalog, file),
  );
  await progress.counted(
    `${BROWSERS.toLocaleString('en')} browsers: cookie syncs and pixels`,
    browsers.length,
    (tick) => inParallel(browsers, 48, (browser) => visit(page, browser), tick),
  );
  const purchases = browsers.filter((browser) => browser.purchase !== undefined);
  await progress.step(`${purchases.length} purchases from the shops' servers`, () =>
    sendPurchases(platform, catalog, purchases),
  );
  await progress.step('audiences follow', () => audiencesHaveMembers(api, catalog));

  const bids: Bid[] = [];
  const latencies: number[] = [];
  const visits = Array.from({ length: AUCTIONS }, () => chance.pick(browsers));
  await progress.counted(`${AUCTIONS.toLocaleString('en')} bid requests from an exchange`, AUCTIONS, (tick) =>
    inParallel(
      visits,
      8,
      async (browser) => {
        const auction = await exchange.auction(browser);
        latencies.push(auction.latencyMs);
        if (auction.bid) bids.push(auction.bid);
      },
      tick,
    ),
  );
  const wins = bids.filter(() => chance.next() < 0.35);
  await progress.counted(
    `${wins.length.toLocaleString('en')} wins, their impressions and some clicks`,
    wins.length,
    (tick) =>
      inParallel(
        wins,
        32,
        async (bid) => {
          await exchange.win(bid, bid.price * (0.6 + 0.4 * chance.next()));
          if (chance.next() < 0.05) await exchange.click(bid);
        },
        tick,
      ),
  );
  const cartLineItem = catalog.lineItems[0]?.id ?? '';
  const delays = await progress.counted(
    'freshness: from an event to a bid that uses it',
    probes.length,
    (tick) => measureFreshness({ page, exchange, browsers: probes, lineItem: cartLineItem }, tick),
  );
  const figures = await progress.step('everything arrives in ClickHouse', () =>
    settle(api, bids.length, wins.length),
  );
  const story = await tellStory({
    api,
    explainAt: { url: `${platform.bidder}/explain/${EXCHANGE}`, key: platform.adminToken },
    catalog,
    exchange,
    browser: bestStory(browsers),
  });
  exchange.close();

  const sizes = await audienceSizes(api, catalog);
  process.stdout.write(
    `\n${table([
      [
        'records',
        `${count(imported.accepted)} accepted, ${imported.rejected} rejected by name; ${count(figures.events)} events`,
      ],
      ['people', count(figures.people)],
      [
        'match rate',
        `${((100 * figures.matched) / figures.cookies).toFixed(1)} % of ${count(figures.cookies)} cookies known to the exchange`,
      ],
      ...sizes.map(({ name, size }): [string, string] => ['audience', `${name}: ${count(size)}`]),
      ['bids', `${count(bids.length)} of ${count(AUCTIONS)} requests`],
      ['wins', `${count(figures.wins)}, ${figures.clicks} clicks`],
      ['spend', `${figures.spend} USD`],
      [
        'freshness',
        `p50 ${seconds(percentile(delays, 50))}, p99 ${seconds(percentile(delays, 99))} (event to bid)`,
      ],
      [
        'latency',
        `p50 ${percentile(latencies, 50).toFixed(2)} ms, p99 ${percentile(latencies, 99).toFixed(2)} ms (bid, as the exchange sees it)`,
      ],
    ])}\n\n${story.join('\n')}\n`,
  );
}

async function sendFile(
  platform: DemoPlatform,
  catalog: DemoCatalog,
  file: string,
): Promise<{ accepted: number; rejected: number }> {
  const answer = await fetch(`${platform.collector}/v1/providers/${PROVIDER}/records`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${catalog.providerKey}`,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    },
    body: gzipSync(file),
  });
  const text = await answer.text();
  if (answer.status !== 202)
    throw new DemoError(`the provider's file was answered ${answer.status}: ${text}`);
  const report = JSON.parse(text) as { accepted: number; rejected: number };
  if (report.accepted !== RECORDS || report.rejected !== WRONG_LINES) {
    throw new DemoError(
      `of the provider's file ${report.accepted} were accepted and ${report.rejected} rejected`,
    );
  }
  return report;
}

async function visit(page: Page, browser: Browser): Promise<void> {
  await page.syncWithExchange(browser);
  await page.syncWithPanel(browser);
  for (const { category, sku } of browser.views)
    await page.pixel(browser, { ev: 'product_view', cat: category, sku });
  if (browser.cart) await page.pixel(browser, { ev: 'add_to_cart', cat: 'shoes', sku: browser.cart.sku });
}

/** The shop knows the e-mail address and the exchange's id of who bought. */
async function sendPurchases(
  platform: DemoPlatform,
  catalog: DemoCatalog,
  browsers: readonly Browser[],
): Promise<void> {
  for (const [publisher, key] of catalog.publisherKeys) {
    const events = browsers
      .filter((browser) => browser.site.publisher === publisher)
      .map(({ n, exchangeUid, email, purchase }) => ({
        id: `order-${n}`,
        identities: [`email:${email}`, `partner:${EXCHANGE}:${exchangeUid}`],
        type: 'purchase',
        at: new Date(Date.now() - (purchase?.hoursAgo ?? 0) * 3_600_000).toISOString(),
        sku: purchase?.sku,
        category: 'shoes',
        value: purchase?.value,
        currency: 'USD',
      }));
    for (let from = 0; from < events.length; from += 1_000) {
      const chunk = events.slice(from, from + 1_000);
      const answer = await fetch(`${platform.collector}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events: chunk }),
      });
      const text = await answer.text();
      const report = answer.status === 202 ? (JSON.parse(text) as { accepted: number }) : undefined;
      if (report?.accepted !== chunk.length)
        throw new DemoError(`purchases were answered ${answer.status}: ${text}`);
    }
  }
}

async function audienceSizes(
  api: Api,
  catalog: DemoCatalog,
): Promise<{ name: string; size: number; status: string }[]> {
  return Promise.all(
    catalog.audiences.map(async ({ id, name }) => {
      const { size, status } = await api.get<{ size: number; status: string }>(`/v1/audiences/${id}`);
      return { name, size, status };
    }),
  );
}

/** Ready, and in step with what an estimate over the whole lake says. */
async function audiencesHaveMembers(api: Api, catalog: DemoCatalog): Promise<void> {
  const rules = await Promise.all(
    catalog.audiences.map(({ id }) => api.get<{ rule: unknown }>(`/v1/audiences/${id}`)),
  );
  await until(
    'audiences that are ready, have members and agree with their estimates',
    async () => {
      const [{ handled } = { handled: 0 }] = await api.sql<{ handled: number }>(
        'SELECT toFloat64(count()) AS handled FROM traits',
      );
      if (handled < RECORDS) return undefined;
      const sizes = await audienceSizes(api, catalog);
      if (!sizes.every(({ status, size }) => status === 'ready' && size > 0)) return undefined;
      const estimates = await Promise.all(
        rules.map(({ rule }) => api.post<{ size: number }>('/v1/audiences/estimate', { rule })),
      );
      return estimates.every(({ size }, i) => size === sizes[i]?.size) ? true : undefined;
    },
    60_000,
  );
}

interface Figures {
  people: number;
  events: number;
  cookies: number;
  matched: number;
  wins: number;
  clicks: number;
  spend: string;
}

/** Waits until every bid and win is a row, then reads the day off the lake. */
async function settle(api: Api, bids: number, wins: number): Promise<Figures> {
  return until('every bid and win in ClickHouse', async () => {
    const [row] = await api.sql<Figures & { bids: number; billed: number }>(`SELECT
      (SELECT toFloat64(uniqExact(uid)) FROM identities) AS people,
      (SELECT toFloat64(count()) FROM events) AS events,
      (SELECT toFloat64(uniqExact(uid)) FROM identities WHERE kind = 'cookie') AS cookies,
      (SELECT toFloat64(uniqExact(uid)) FROM identities WHERE startsWith(identity, 'partner:${EXCHANGE}:')
         AND uid IN (SELECT uid FROM identities WHERE kind = 'cookie')) AS matched,
      (SELECT toFloat64(count()) FROM bids) AS bids,
      (SELECT toFloat64(countIf(kind = 'win')) FROM notices) AS wins,
      (SELECT toFloat64(countIf(billed = 1)) FROM notices) AS billed,
      (SELECT toFloat64(countIf(kind = 'click')) FROM notices) AS clicks,
      (SELECT toString(round(sum(toDecimal128(price_micros, 6)) / 1000000 / 1000, 2)) FROM notices WHERE billed = 1) AS spend`);
    return row && row.bids >= bids && row.wins === wins && row.billed === wins ? row : undefined;
  });
}

/** Somebody with a panel id, a cart and several identities has the most to tell. */
function bestStory(browsers: readonly Browser[]): Browser {
  const worth = (b: Browser): number =>
    (b.cart ? 4 : 0) +
    (b.panelUid ? 2 : 0) +
    (b.purchase && b.purchase.hoursAgo > 30 ? 2 : 0) +
    b.views.length / 10;
  const [best] = [...browsers].sort((a, b) => worth(b) - worth(a));
  if (best === undefined) throw new DemoError('nobody visited');
  return best;
}

function count(n: number): string {
  return n.toLocaleString('en');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function table(rows: [string, string][]): string {
  const printed = new Table({ style: { head: [], border: [] } });
  printed.push(...rows);
  return printed.toString();
}
