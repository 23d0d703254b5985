import type { BidOutcome, BookedBid } from '../bid-pipeline';
import { encodeToken, signatureOf, type NoticeSigner } from '../notices/notice-token';
import type { UidMask } from '../notices/uid-mask';
import { asciiJson, asciiJsonInner } from '../ascii-json';
import type { CompiledCreative } from '../snapshot/creative';

const MICROS = 1_000_000;
const PRICE = '${AUCTION_PRICE}';
const PRICES_MAX = 4_096;

export interface BidAnswerOptions {
  signer: NoticeSigner;
  uidMask: UidMask;
  /** Public address of the bidder, without a slash at the end. */
  publicUrl: string;
}

/** Puts bid responses (OpenRTB 2.6 section 4.2) together from prepared pieces of JSON text. */
export class BidAnswer {
  readonly #signer: NoticeSigner;
  readonly #uidMask: UidMask;
  readonly #base: string;
  /** CPM micros as decimal text. */
  readonly #prices = new Map<number, string>();

  constructor({ signer, uidMask, publicUrl }: BidAnswerOptions) {
    this.#signer = signer;
    this.#uidMask = uidMask;
    this.#base = asciiJsonInner(publicUrl);
  }

  /** One member of `seatbid.bid`. */
  #bid({ choice: { imp, offer }, token }: BookedBid): string {
    const { ad, deal, priceMicros } = offer;
    const text = encodeToken(token, this.#uidMask);
    const signatures = this.#signer.sign(text);
    const base = this.#base;
    // Everything in these is plain ASCII and needs no escape in JSON.
    const query = `?b=${text}&s=`;
    const win = query + signatureOf(signatures, 'win');
    const bill = query + signatureOf(signatures, 'bill');
    const loss = query + signatureOf(signatures, 'loss');
    return (
      `{"id":"${token.bidId}","impid":${asciiJson(imp.id)},"price":${this.#price(priceMicros)},${ad.bidJson},` +
      (deal === undefined ? '' : `"dealid":${asciiJson(deal.id)},`) +
      `"nurl":"${base}/notice/win${win}&p=${PRICE}","burl":"${base}/notice/bill${bill}&p=${PRICE}",` +
      `"lurl":"${base}/notice/loss${loss}&r=\${AUCTION_LOSS}&m=\${AUCTION_MIN_TO_WIN}",` +
      `"adm":"${this.#markup(ad.creative, query, signatures)}"}`
    );
  }

  /** Remembered, as line items have few prices and the digits of a fraction take V8 half a microsecond. */
  #price(micros: number): string {
    let text = this.#prices.get(micros);
    if (text === undefined) {
      if (this.#prices.size >= PRICES_MAX) this.#prices.clear();
      this.#prices.set(micros, (text = String(micros / MICROS)));
    }
    return text;
  }

  /** The whole response; `ext` only where somebody debugs. */
  response({ context, currency, bids }: Extract<BidOutcome, { kind: 'bid' }>, ext?: unknown): string {
    const { request, exchange } = context;
    let list = '';
    for (const bid of bids) list += list === '' ? this.#bid(bid) : `,${this.#bid(bid)}`;
    return (
      `{"id":${asciiJson(request.id)},"bidid":"${bids[0]!.token.bidId}","cur":${asciiJson(currency)},` +
      `"seatbid":[{${exchange.seat === undefined ? '' : `"seat":${asciiJson(exchange.seat)},`}"bid":[${list}]}]` +
      (ext === undefined ? '' : `,"ext":${asciiJson(ext)}`) +
      '}'
    );
  }

  /** OpenRTB's macros stay as they are; ours become the signed click URL, and the pixel comes last. */
  #markup(creative: CompiledCreative, query: string, signatures: string): string {
    const { admPieces, clickUrlEncoded } = creative;
    let markup = admPieces[0]!;
    if (admPieces.length > 1) {
      const click = `${this.#base}/click${query}${signatureOf(signatures, 'click')}&u=${clickUrlEncoded}`;
      markup = admPieces.join(click);
    }
    const pixel = `${this.#base}/impression${query}${signatureOf(signatures, 'impression')}&p=${PRICE}`;
    // A quote in JSON text is two characters.
    return `${markup}<img src=\\"${pixel}\\" width=\\"1\\" height=\\"1\\" alt=\\"\\" style=\\"position:absolute;border:0\\">`;
  }
}
