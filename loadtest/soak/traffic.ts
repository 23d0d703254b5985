import type { DemoPlatform } from '../../services/main/demo/platform';
import { Chance } from '../../services/main/demo/world';
import { bidTrafficRequests } from '../exchange/bid-traffic';
import { personIds } from '../exchange/people';
import { draw, type Shares } from '../exchange/shares';
import { HttpSender, type HttpRequest } from '../load/http-sender';
import type { Outcome, Send } from '../load/open-loop';

export const ID_PREFIX = 'soak-';

const KINDS = [
  ['bid', 0.55],
  ['pixel', 0.3],
  ['events', 0.1],
  ['sync', 0.05],
] satisfies Shares<'bid' | 'pixel' | 'events' | 'sync'>;
const WINS = 0.3;
const EVENTS_PER_CALL = 10;
const BID_REQUESTS = 5_000;
const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;
const GOOD: Record<(typeof KINDS)[number][0], readonly Outcome[]> = {
  bid: [200, 204],
  pixel: [200],
  events: [202],
  sync: [200],
};

/** What was acknowledged, to be found again in the lake. */
export interface Acknowledged {
  events: number;
  bids: number;
  notices: number;
  noticesFailed: number;
}

/**
 * Mixed traffic for a whole platform: bids whose winners are told, pixels, events from a server, syncs, for `people` who come
 * back. Every event has an id of its own, so that each can be found again, once.
 */
export class SoakTraffic {
  readonly acknowledged: Acknowledged = { events: 0, bids: 0, notices: 0, noticesFailed: 0 };
  noticesUnderWay = 0;
  readonly #platform: DemoPlatform;
  readonly #people: number;
  readonly #chance: Chance;
  readonly #bids: HttpRequest[];
  readonly #bidder: HttpSender;
  readonly #collector: HttpSender;

  constructor(platform: DemoPlatform, { people, seed }: { people: number; seed: number }) {
    this.#platform = platform;
    this.#people = people;
    this.#chance = new Chance(seed);
    this.#bids = bidTrafficRequests({ count: BID_REQUESTS, people, seed });
    const options = { connections: CONNECTIONS, timeoutMs: TIMEOUT_MS };
    this.#bidder = new HttpSender(platform.bidder, options);
    this.#collector = new HttpSender(platform.collector, options);
  }

  readonly send: Send = (n, done) => {
    const kind = draw(this.#chance, KINDS);
    // An outcome other than the hoped-for one is named with what it was the answer to.
    const judged = (outcome: Outcome): void =>
      done(GOOD[kind].includes(outcome) ? outcome : `${kind} ${outcome}`);
    switch (kind) {
      case 'bid':
        return this.#bidder.send(this.#bids[n % this.#bids.length]!, judged, ({ status, body }) => {
          if (status === 200) this.#won(body);
        });
      case 'pixel':
        return this.#collector.send(this.#pixel(n), judged, ({ status }) => {
          if (status === 200) this.acknowledged.events++;
        });
      case 'events':
        return this.#collector.send(this.#events(n), judged, ({ status, body }) => {
          if (status !== 202) return;
          const { accepted } = JSON.parse(body.toString('utf8')) as { accepted: number };
          this.acknowledged.events += accepted;
        });
      case 'sync':
        return this.#collector.send(this.#sync(1 + this.#chance.below(this.#people)), judged);
    }
  };

  static isAnswer(outcome: Outcome): boolean {
    return typeof outcome === 'number';
  }

  async close(): Promise<void> {
    await Promise.all([this.#bidder.close(), this.#collector.close()]);
  }

  #pixel(n: number): HttpRequest {
    const { cookie } = personIds(1 + this.#chance.below(this.#people));
    const type = this.#chance.next() < 0.1 ? 'add_to_cart' : 'product_view';
    const query = `pub=daily&ev=${type}&cat=shoes&sku=s${n % 500}&gdpr=0&id=${ID_PREFIX}p${n}`;
    const url = encodeURIComponent(`https://daily.example/p/${n % 5_000}`);
    return { method: 'GET', path: `/pixel.gif?${query}&url=${url}`, headers: { cookie: `muid=${cookie}` } };
  }

  #events(n: number): HttpRequest {
    const events = Array.from({ length: EVENTS_PER_CALL }, (_, i) => ({
      id: `${ID_PREFIX}e${n}-${i}`,
      identity: `cookie:${personIds(1 + this.#chance.below(this.#people)).cookie}`,
      type: i === 0 ? 'purchase' : 'product_view',
      category: 'shoes',
      ...(i === 0 ? { value: 12.5, currency: 'USD' } : {}),
    }));
    return {
      method: 'POST',
      path: '/v1/events?publisher=daily',
      headers: {
        authorization: `Bearer ${this.#platform.adminToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ events }),
    };
  }

  #sync(person: number): HttpRequest {
    const { cookie, partnerUid } = personIds(person);
    return {
      method: 'GET',
      path: `/sync?partner=sim&uid=${partnerUid}&gdpr=0`,
      headers: { cookie: `muid=${cookie}` },
    };
  }

  /** Some bids win: the exchange says so, and bills. */
  #won(body: Buffer): void {
    const { seatbid } = JSON.parse(body.toString('utf8')) as {
      seatbid: { bid: { nurl: string; burl: string; price: number }[] }[];
    };
    for (const { nurl, burl, price } of seatbid.flatMap((seat) => seat.bid)) {
      this.acknowledged.bids++;
      if (this.#chance.next() >= WINS) continue;
      for (const url of [nurl, burl]) {
        const { pathname, search } = new URL(url.replaceAll('${AUCTION_PRICE}', String(price)));
        this.noticesUnderWay++;
        this.#bidder.send({ method: 'GET', path: pathname + search }, (outcome) => {
          this.noticesUnderWay--;
          if (typeof outcome === 'number' && outcome < 300) this.acknowledged.notices++;
          else this.acknowledged.noticesFailed++;
        });
      }
    }
  }
}
