import { Agent, request } from 'node:http';
import type { Bid as IabBid, BidRequest, BidResponse } from 'iab-openrtb/v26';
import { DemoError } from './client';
import { EXCHANGE } from './catalog';
import type { Browser, Chance } from './world';

/** A bid as ours are: `cid` is the line item, `crid` the creative. */
export type Bid = Required<Pick<IabBid, 'id' | 'impid' | 'price' | 'cid' | 'crid' | 'nurl' | 'burl' | 'adm'>>;

export interface Auction {
  bid?: Bid;
  latencyMs: number;
}

/** A simulated exchange: asks for a bid as OpenRTB 2.6 has it, holds the auction, tells the winner. */
export class Exchange {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private sent = 0;

  constructor(
    private readonly bidder: string,
    private readonly chance: Chance,
    /** Sets this exchange's request ids apart from another's. */
    private readonly name: string,
  ) {}

  close(): void {
    this.agent.destroy();
  }

  /** One impression on the browser's page. */
  async auction(browser: Browser): Promise<Auction> {
    const body = JSON.stringify(this.bidRequest(browser));
    const started = performance.now();
    const answer = await this.call('POST', `${this.bidder}/openrtb2/${EXCHANGE}`, body);
    const latencyMs = performance.now() - started;
    if (answer.status === 204) return { latencyMs };
    if (answer.status !== 200)
      throw new DemoError(`a bid request was answered ${answer.status}: ${answer.text}`);
    const response = JSON.parse(answer.text) as BidResponse;
    const bid = response.seatbid?.[0]?.bid[0] as Bid | undefined;
    return bid === undefined ? { latencyMs } : { bid, latencyMs };
  }

  /** The bid won at this clearing price: the win notice, the impression in the page, the billing notice. */
  async win(bid: Bid, clearingPrice: number): Promise<void> {
    const price = clearingPrice.toFixed(4);
    const pixel = /https?:\/\/[^"']*\/impression[^"']*/.exec(bid.adm)?.[0];
    await this.notify(bid.nurl, price);
    if (pixel !== undefined) await this.notify(pixel.replaceAll('&amp;', '&'), price);
    await this.notify(bid.burl, price);
  }

  /** The person clicked: where does it lead? */
  async click(bid: Bid): Promise<string> {
    const url = /href="([^"]*\/click[^"]*)"/.exec(bid.adm)?.[1];
    if (url === undefined) throw new DemoError(`no click URL in ${bid.adm}`);
    const answer = await this.call('GET', url.replaceAll('&amp;', '&'));
    if (answer.status !== 302) throw new DemoError(`a click was answered ${answer.status}: ${answer.text}`);
    return answer.location;
  }

  bidRequest(browser: Browser): BidRequest {
    const { domain } = browser.site;
    // Half of the traffic has our id from the exchange's match table, the rest only the exchange's own.
    const user =
      this.chance.next() < 0.5 && browser.buyeruid
        ? { buyeruid: browser.buyeruid }
        : { id: browser.exchangeUid };
    const sizes =
      this.chance.next() < 0.7
        ? [{ w: 300, h: 250 }]
        : [
            { w: 728, h: 90 },
            { w: 970, h: 250 },
          ];
    return {
      id: `${this.name}-${++this.sent}`,
      at: 1,
      tmax: 120,
      cur: ['USD'],
      imp: [{ id: '1', banner: { format: sizes }, bidfloor: 0.25, bidfloorcur: 'USD', secure: 1 }],
      site: {
        id: browser.site.publisher,
        domain,
        page: `https://${domain}/article/${this.chance.below(500)}`,
      },
      device: { ua: 'Mozilla/5.0', devicetype: 2, os: 'Windows', geo: { country: 'USA' } },
      user,
    };
  }

  private async notify(url: string, price: string): Promise<void> {
    const answer = await this.call('GET', url.replaceAll('${AUCTION_PRICE}', price));
    if (answer.status >= 300) throw new DemoError(`${url} was answered ${answer.status}: ${answer.text}`);
  }

  private call(
    method: string,
    url: string,
    body?: string,
  ): Promise<{ status: number; text: string; location: string }> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const outgoing = request(url, { method, agent: this.agent, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            location: incoming.headers.location ?? '',
          }),
        );
        incoming.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
