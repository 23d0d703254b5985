import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { EdgeSnapshot } from '../../../shared/domain/snapshot';
import type { EventRecord } from '../../../shared/domain/records';
import { eventually } from '../../../shared/testing/eventually';
import { builtTag } from '../../testing/built-tag';
import { EDGE, NOW, startTestCollector, type TestCollector } from '../../testing/harness';
import { expectValidRecord } from '../../testing/log-schemas';
import { startWeb, type Web } from './web';

export const VENDOR = 755;
/** The snippet's first line, for pages that call the tag before it has loaded. */
export const STUB =
  'window.muster = window.muster || function () { (muster.q = muster.q || []).push(arguments) };';

export interface PageOptions {
  /** APIs of the page's consent platform, `tcf gpp usp`; without it the page has none. */
  apis?: string;
  /** Attributes of the tag's script element. */
  tag?: string;
  head?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** Pages with the tag in a browser, and the collector that it reports to, for one file of tests. */
export class TagWeb {
  /** ISO 3166-1 alpha-2 of where the browser is. */
  country = 'US';
  nowMs = NOW;
  /** Paths of what pages asked the collector for, but for the tag itself. */
  calls: string[] = [];
  /** What pages threw, and what they wrote to their consoles. */
  errors: string[] = [];
  console: string[] = [];
  collector!: TestCollector;
  #web!: Web;

  constructor(readonly options: { thirdPartyCookies?: boolean; partners?: EdgeSnapshot['partners'] } = {}) {}

  get sites(): Web['sites'] {
    return this.#web.sites;
  }

  get asked(): Web['asked'] {
    return this.#web.asked;
  }

  get context(): BrowserContext {
    return this.#web.browser;
  }

  async start(): Promise<void> {
    const { thirdPartyCookies = true } = this.options;
    this.#web = await startWeb({ collectorPort: () => this.collector.port, thirdPartyCookies });
    this.context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.host === 'collect.example' && url.pathname !== '/tag.js') {
        this.calls.push(url.pathname + url.search);
      }
    });
    this.context.on('weberror', (error) => this.errors.push(String(error.error())));
    this.context.on('console', (message) => this.console.push(message.text()));
  }

  async close(): Promise<void> {
    await this.#web.close();
  }

  /** A fresh collector and a browser without cookies. */
  async open(): Promise<void> {
    this.country = 'US';
    this.nowMs = NOW;
    this.calls = [];
    this.errors = [];
    this.console = [];
    this.#web.sites.clear();
    this.#web.asked.length = 0;
    this.#web.sites.set('news.example/cmp.js', {
      body: readFileSync(join(__dirname, 'stub-cmp.js'), 'utf8'),
    });
    this.collector = await startTestCollector({
      tag: builtTag(),
      tcfVendorId: VENDOR,
      countryOfAddress: () => this.country,
      now: () => this.nowMs,
      edge: { ...EDGE, partners: this.options.partners ?? [] },
    });
    await this.context.clearCookies();
  }

  async shut(): Promise<void> {
    for (const page of this.context.pages()) await page.close();
    await this.collector.close();
    expect(this.errors).toEqual([]);
  }

  /** Puts a page on `news.example` and opens it. */
  async visit(path: string, options: PageOptions = {}): Promise<Page> {
    this.put(path, options);
    const page = await this.context.newPage();
    await page.goto(`https://news.example${path}`);
    return page;
  }

  put(
    path: string,
    { apis, tag = 'data-pub="news"', head = '', body = '', headers = {} }: PageOptions,
  ): void {
    const cmp = apis === undefined ? '' : `<script src="/cmp.js" data-apis="${apis}"></script>`;
    this.#web.sites.set(`news.example${path.replace(/[?#].*/, '')}`, {
      headers,
      body: `<!doctype html><html lang="en"><head><title>News</title>${cmp}${head}
<script async src="https://collect.example/tag.js" ${tag}></script></head><body>${body}</body></html>`,
    });
  }

  /** The records of events that the collector has logged. */
  events(): EventRecord[] {
    const records = this.collector.log.records<EventRecord>('events');
    records.forEach(expectValidRecord);
    return records;
  }

  /** Waits until the log has events of just these types, in any order. */
  async logged(...types: string[]): Promise<EventRecord[]> {
    return eventually(async () => {
      const events = this.events();
      expect(events.map(({ event }) => event).sort()).toEqual([...types].sort());
      return events;
    });
  }

  /** Once the browser has our cookie, which comes after the log has the record. */
  async known(): Promise<string> {
    return eventually(async () => {
      const cookies = await this.context.cookies('https://collect.example');
      expect(cookies.map(({ name }) => name)).toContain('muid');
      return cookies.find(({ name }) => name === 'muid')?.value ?? '';
    });
  }

  /** Time enough for what must not happen. */
  async calm(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** Once the tag runs in the page. */
export async function loaded(page: Page): Promise<Page> {
  await page.waitForFunction('window.muster && window.muster.loaded');
  return page;
}
