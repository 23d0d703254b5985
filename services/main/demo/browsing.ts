import { DemoError } from './client';
import { EXCHANGE_PARTNER } from './catalog';
import { PROVIDER, type Browser } from './world';

/** What a page's tag does in a browser: keeps the cookie it is given, fires pixels, follows cookie syncs. */
export class Page {
  constructor(private readonly collector: string) {}

  /** The exchange's sync: we learn its id, it learns ours from the redirect. */
  async syncWithExchange(browser: Browser): Promise<void> {
    const redir = `https://sync.${EXCHANGE_PARTNER}.example/done?muid=$UID`;
    const query = new URLSearchParams({ partner: EXCHANGE_PARTNER, uid: browser.exchangeUid, redir });
    const answer = await this.get(browser, `/sync?${query.toString()}`);
    if (answer.status !== 302)
      throw new DemoError(`a sync was answered ${answer.status}: ${await answer.text()}`);
    browser.buyeruid = new URL(answer.headers.get('location') ?? '').searchParams.get('muid') ?? undefined;
    if (browser.buyeruid === undefined) throw new DemoError('the redirect of a sync carries no id of ours');
  }

  async syncWithPanel(browser: Browser): Promise<void> {
    if (browser.panelUid === undefined) return;
    const query = new URLSearchParams({ partner: PROVIDER, uid: browser.panelUid });
    await this.get(browser, `/sync?${query.toString()}`);
  }

  /** An image in the page. Resolves when the event is acknowledged: it is in the log. */
  async pixel(browser: Browser, event: Record<string, string>): Promise<void> {
    const { publisher, domain } = browser.site;
    const query = new URLSearchParams({ pub: publisher, url: `https://${domain}/shop`, ...event });
    const answer = await this.get(browser, `/pixel.gif?${query.toString()}`);
    if (answer.status !== 200) throw new DemoError(`a pixel was answered ${answer.status}`);
  }

  private async get(browser: Browser, path: string): Promise<Response> {
    const headers = browser.cookie === undefined ? undefined : { cookie: `muid=${browser.cookie}` };
    const answer = await fetch(this.collector + path, { headers, redirect: 'manual' });
    const cookie = /(?:^|;\s*)muid=([^;]+)/.exec(answer.headers.getSetCookie().join('; '))?.[1];
    if (cookie !== undefined) browser.cookie = cookie;
    if (answer.status !== 302) await answer.arrayBuffer();
    return answer;
  }
}
