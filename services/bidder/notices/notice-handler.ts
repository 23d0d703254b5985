import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NoticeRecord } from '../../shared/domain/records';
import { sendProblem } from '../../shared/runtime/http-server';
import type { Log } from '../../shared/stores/log/log';
import { NOTICE_MAX_AGE_MS } from '../../shared/domain/restored-budgets';
import { paidUnits, type Settlement } from '../budget/settlement';
import type { BidderMetrics, NoticeOutcome } from '../metrics';
import { clickHash, decodeToken, type BidToken, type NoticeKind, type NoticeSigner } from './notice-token';
import { parseNoticePrice } from './price';
import type { UidMask } from './uid-mask';

/** A transparent GIF of one pixel, GIF89a. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const BILLED_BY = { burl: 'bill', nurl: 'win', impression: 'impression' } as const;

export interface NoticeHandlerOptions {
  log: Pick<Log, 'append'>;
  settlement: Settlement;
  signer: NoticeSigner;
  uidMask: UidMask;
  metrics: BidderMetrics;
  now: () => number;
}

/**
 * Win, billing and loss notices, impressions and clicks. Each is durable in the log before it is answered;
 * repeats count once, which the readers of the log and the budget's settlement each see to.
 */
export class NoticeHandler {
  readonly #options: NoticeHandlerOptions;

  constructor(options: NoticeHandlerOptions) {
    this.#options = options;
  }

  /** `query`: what stands behind the question mark. Rejects when the notice could not be stored. */
  async handle(kind: NoticeKind, query: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'GET' && req.method !== 'POST' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET');
      return sendProblem(res, 405, { title: 'Method Not Allowed', detail: 'notices are called with GET' });
    }
    const params = new URLSearchParams(query);
    const text = params.get('b') ?? '';
    if (!this.#options.signer.verify(kind, text, params.get('s') ?? '')) {
      return this.#refuse(res, kind, 'forged', 403, 'the signature does not fit');
    }
    const bid = decodeToken(text, this.#options.uidMask);
    // Signed by us and yet unreadable: made by another version.
    if (bid === undefined) return this.#refuse(res, kind, 'forged', 403, 'the notice is not of this version');
    const price = parseNoticePrice(params.get('p'));
    if (!price.ok) return this.#refuse(res, kind, 'invalid', 400, 'p is no price');
    if (price.micros !== undefined && price.micros > bid.priceMicros) {
      return this.#refuse(res, kind, 'over_price', 403, 'the price is above the bid');
    }
    const url = params.get('u') ?? '';
    if (kind === 'click' && clickHash(url) !== bid.clickHash) {
      return this.#refuse(res, kind, 'forged', 403, 'the click URL is not the signed one');
    }
    if (this.#options.now() > bid.at + NOTICE_MAX_AGE_MS) {
      if (kind !== 'click') return this.#refuse(res, kind, 'expired', 410, 'the bid is too old');
      // Whoever clicked gets there. Not recorded: nobody remembers any more whether it was before.
      this.#options.metrics.notice(kind, 'expired');
      return answer(kind, url, res);
    }
    if (req.method !== 'HEAD') await this.#store(kind, bid, price.micros, params);
    this.#options.metrics.notice(kind, 'accepted');
    answer(kind, url, res);
  }

  async #store(
    kind: NoticeKind,
    bid: BidToken,
    priceMicros: number | undefined,
    params: URLSearchParams,
  ): Promise<void> {
    const { log, settlement, now, metrics } = this.#options;
    const billed = !bid.test && BILLED_BY[bid.billing] === kind;
    const record = noticeRecord(kind, bid, billed, now());
    if (priceMicros !== undefined) record.priceMicros = priceMicros;
    if (billed && bid.reserved > 0) {
      record.spentMicros = paidUnits(bid, priceMicros) * bid.unitMicros;
      record.bidAt = bid.at;
    }
    const lossReason = Number(params.get('r') ?? NaN);
    if (kind === 'loss' && Number.isInteger(lossReason) && lossReason >= 0 && lossReason <= 0xffff) {
      record.lossReason = lossReason;
    }
    try {
      await log.append('notices', [{ key: bid.bidId, value: Buffer.from(JSON.stringify(record)) }]);
      if (billed) await settlement.bill(bid, priceMicros);
      else if (kind === 'loss' && !bid.test) await settlement.lose(bid);
    } catch (error) {
      metrics.notice(kind, 'failed');
      throw error;
    }
  }

  #refuse(
    res: ServerResponse,
    kind: NoticeKind,
    outcome: NoticeOutcome,
    status: 400 | 403 | 410,
    detail: string,
  ): void {
    this.#options.metrics.notice(kind, outcome);
    const title = { 400: 'Bad Request', 403: 'Forbidden', 410: 'Gone' }[status];
    sendProblem(res, status, { title, code: outcome, detail });
  }
}

function noticeRecord(kind: NoticeKind, bid: BidToken, billed: boolean, nowMs: number): NoticeRecord {
  const { bidId, requestId, exchange, lineItemId, creativeId, advertiserId, uid, currency, test } = bid;
  return {
    v: 1,
    type: 'notice',
    kind,
    bidId,
    requestId,
    exchange,
    lineItemId,
    creativeId,
    advertiserId,
    at: nowMs,
    receivedAt: nowMs,
    uid,
    currency,
    billed,
    test,
  };
}

function answer(kind: NoticeKind, url: string, res: ServerResponse): void {
  if (kind === 'click') {
    // As WHATWG writes it: no line break or other raw byte of it reaches the header.
    res.writeHead(302, { location: new URL(url).href, 'cache-control': 'no-store', 'content-length': 0 });
    res.end();
  } else if (kind === 'impression') {
    res.writeHead(200, {
      'content-type': 'image/gif',
      'content-length': PIXEL.length,
      'cache-control': 'no-store',
    });
    res.end(PIXEL);
  } else {
    res.writeHead(204, { 'cache-control': 'no-store' });
    res.end();
  }
}
