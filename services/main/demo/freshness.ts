import { inParallel, until } from './client';
import type { Page } from './browsing';
import type { Exchange } from './exchange';
import type { Browser } from './world';

/**
 * From an acknowledged event to a bid that uses it, in ms: a browser that was nobody puts something into its cart, and
 * is asked for in auctions until the line item for carts left behind bids on it.
 */
export async function measureFreshness(
  options: { page: Page; exchange: Exchange; browsers: readonly Browser[]; lineItem: string },
  progress: (done: number) => void,
): Promise<number[]> {
  const { page, exchange, browsers, lineItem } = options;
  const delays: number[] = [];
  await inParallel(
    browsers,
    5,
    async (browser) => {
      await page.syncWithExchange(browser);
      await page.pixel(browser, { ev: 'add_to_cart', sku: 'shoes-1', cat: 'shoes' });
      const acknowledged = performance.now();
      await until(`a bid that uses what browser ${browser.n} just did`, async () =>
        (await exchange.auction(browser)).bid?.cid === lineItem ? true : undefined,
      );
      delays.push(performance.now() - acknowledged);
    },
    progress,
  );
  return delays;
}
