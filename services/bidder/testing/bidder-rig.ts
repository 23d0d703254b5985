import { sha256Hex } from '../../shared/domain/sha256';
import pino from 'pino';
import { createRegistry, type Registry } from '../../shared/runtime/metrics';
import { startBidder, type BidderOptions } from '../start-bidder';
import { catalog, type CatalogPatch } from './catalog-fixtures';
import { FakeLog } from './fake-log';
import { FakeLookups } from './fake-lookups';
import { call, type HttpAnswer } from './http-client';

export const ADMIN_KEY = 'the-admin-key-of-this-test';
export const ADMIN_HASH = sha256Hex(ADMIN_KEY);

export interface Bid {
  id: string;
  impid: string;
  price: number;
  cid: string;
  crid: string;
  nurl: string;
  burl: string;
  lurl: string;
  adm: string;
}

/** A bidder that listens, over fakes. */
export class BidderRig {
  readonly lookups: FakeLookups;
  readonly log: FakeLog;
  readonly registry: Registry = createRegistry({ process: 'test' });
  base = '';
  #bidder: Awaited<ReturnType<typeof startBidder>> | undefined;

  constructor(lookups = new FakeLookups(), log = new FakeLog()) {
    this.lookups = lookups;
    this.log = log;
  }

  async start(patch: CatalogPatch | undefined, options: Partial<BidderOptions> = {}): Promise<this> {
    if (patch !== undefined) this.lookups.setBidding(catalog(patch));
    this.#bidder = await startBidder({
      log: this.log,
      lookups: this.lookups,
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'https://bid.example/',
      secret: 'a secret of the installation',
      registry: this.registry,
      logger: pino({ level: 'silent' }),
      ...options,
    });
    this.base = `http://127.0.0.1:${this.#bidder.port}`;
    return this;
  }

  /** What the bidder put into URLs, at the place where it listens. */
  here(url: string): string {
    return url.replace('https://bid.example', this.base);
  }

  request(
    body: unknown = bannerRequest(),
    {
      exchange = 'ex',
      query = '',
      headers = {},
    }: { exchange?: string; query?: string; headers?: Record<string, string> } = {},
  ): Promise<HttpAnswer> {
    return call(`${this.base}/openrtb2/${exchange}${query}`, { body: JSON.stringify(body), headers });
  }

  /** The bids for one request; fails where there are none. */
  async bids(body?: unknown, exchange = 'ex'): Promise<Bid[]> {
    const answer = await this.request(body, { exchange });
    if (answer.status !== 200) throw new Error(`no bid: ${answer.status} ${answer.text}`);
    const [{ bid }] = answer.json['seatbid'] as [{ bid: Bid[] }];
    return bid;
  }

  async close(): Promise<void> {
    await this.#bidder?.close();
  }
}

let requests = 0;

export function bannerRequest(more: Record<string, unknown> = {}): Record<string, unknown> {
  requests += 1;
  return {
    id: `request-${requests}`,
    imp: [{ id: '1', banner: { w: 300, h: 250 } }],
    site: { domain: 'news.example' },
    ...more,
  };
}
