import { createHash, hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { NoticeRecord } from '../../shared/domain/records';
import type { ExchangeSnapshot } from '../../shared/domain/snapshot';
import type { UidMask } from './uid-mask';

export type NoticeKind = NoticeRecord['kind'];

/** A bid as its notices carry it: nothing has to be looked up when one arrives, whatever the catalog says then. */
export interface BidToken {
  bidId: string;
  requestId: string;
  exchange: string;
  lineItemId: string;
  creativeId: string;
  advertiserId: string;
  /** CPM micros of `currency`: no notice may name more. */
  priceMicros: number;
  currency: string;
  uid: number | null;
  /** Epoch ms of the bid. */
  at: number;
  /** Which notice bills. */
  billing: ExchangeSnapshot['billing'];
  test: boolean;
  /** What was reserved of the budget; 0: nothing was. */
  reserved: number;
  /** CPM micros that a unit of `reserved` stands for. */
  unitMicros: number;
  /** Of the URL that a click leads to, see `clickHash`; empty without one. */
  clickHash: string;
}

const VERSION = '2';
const FIELD_COUNT = 16;
const REQUEST_ID_CHARS_MAX = 256;
const BILLING = { burl: 'b', nurl: 'n', impression: 'i' } as const;
const BILLING_OF = new Map(Object.entries(BILLING).map(([billing, letter]) => [letter, billing]));

/** Bytes of HMAC-SHA-512 that sign each kind. */
const SIGNATURE_BYTES = 12;
const KINDS: readonly NoticeKind[] = ['win', 'bill', 'loss', 'impression', 'click'];

/** Ties a click URL to the token without carrying it twice. */
export function clickHash(url: string): string {
  return createHash('sha256').update(url).digest('base64url').slice(0, 16);
}

/** The token's text: fields in a fixed order, safe in a query, in JSON and in HTML attributes as it stands. */
export function encodeToken(token: BidToken, mask: UidMask): string {
  const uid = token.uid === null ? '' : encodeUid(mask.apply(token.bidId, token.uid));
  return (
    `${VERSION}.${token.bidId}.${token.exchange}.${token.lineItemId}.${token.creativeId}.${token.advertiserId}.` +
    `${token.priceMicros.toString(36)}.${token.currency}.${uid}.` +
    `${encodeTime(token.at)}.${BILLING[token.billing]}.${token.test ? '1' : ''}.${token.reserved.toString(36)}.` +
    `${token.unitMicros.toString(36)}.${token.clickHash}.${encodeRequestId(token.requestId)}`
  );
}

/** Undefined for what `encodeToken` cannot have made. Says nothing of its origin: verify first. */
export function decodeToken(text: string, mask: UidMask): BidToken | undefined {
  const fields = text.split('.');
  const [version, bidId, exchange, lineItemId, creativeId, advertiserId, price, currency] = fields;
  const [uid, at, billing, test, reserved, unitMicros, click, requestId] = fields.slice(8);
  if (version !== VERSION || fields.length !== FIELD_COUNT) return undefined;
  return {
    bidId: bidId!,
    requestId: decodeRequestId(requestId!),
    exchange: exchange!,
    lineItemId: lineItemId!,
    creativeId: creativeId!,
    advertiserId: advertiserId!,
    priceMicros: parseInt(price!, 36),
    currency: currency!,
    uid: uid === '' ? null : mask.apply(bidId!, decodeUid(uid!)),
    at: parseInt(at!, 36),
    billing: BILLING_OF.get(billing as 'b') as BidToken['billing'],
    test: test === '1',
    reserved: parseInt(reserved!, 36),
    unitMicros: parseInt(unitMicros!, 36),
    clickHash: click!,
  };
}

const HALF = 2 ** 27;

/** In two halves that V8 holds as small integers: the digits of a larger number take it half a microsecond. */
function encodeUid(uid: number): string {
  return `${Math.floor(uid / HALF).toString(36)}-${(uid % HALF).toString(36)}`;
}

function decodeUid(text: string): number {
  const dash = text.indexOf('-');
  return parseInt(text.slice(0, dash), 36) * HALF + parseInt(text.slice(dash + 1), 36);
}

let lastTime = { at: 0, text: '0' };

/** Bids of one batch have one time. */
function encodeTime(at: number): string {
  if (at !== lastTime.at) lastTime = { at, text: at.toString(36) };
  return lastTime.text;
}

/** As it is where it is plain; else base64url behind `~`, which no re-encoding of a URL on its way changes. */
function encodeRequestId(id: string): string {
  if (/^[\w-]{1,128}$/.test(id)) return id;
  return `~${Buffer.from(id.slice(0, REQUEST_ID_CHARS_MAX)).toString('base64url')}`;
}

function decodeRequestId(text: string): string {
  return text.startsWith('~') ? Buffer.from(text.slice(1), 'base64url').toString() : text;
}

/** Of SHA-512, for HMAC (RFC 2104 section 2). */
const BLOCK_BYTES = 128;
const DIGEST_BYTES = 64;
/** Longer tokens than this are not made: every part of one is bounded. */
const TOKEN_CHARS_MAX = 4_096;

/**
 * Signs all notices of a bid at once. HMAC-SHA-512 of the token is a pseudo-random function of 64 bytes; each
 * kind is signed by a slice of its own of 12 bytes, so that the URL of one kind gives away nothing about another
 * (RFC 2104 section 5 allows truncation; 96 bits are beyond guessing online). Five HMACs a bid would cost
 * more than all of its matching.
 *
 * HMAC is written out over one-shot hashes: the streaming object of `createHmac` costs twice as much.
 */
export class NoticeSigner {
  /** Key xor ipad, then the token. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + TOKEN_CHARS_MAX);
  /** Key xor opad, then the inner digest. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  constructor(secret: string) {
    const key = Buffer.from(hkdfSync('sha256', secret, 'muster/notice/1', 'notices', DIGEST_BYTES));
    for (let i = 0; i < BLOCK_BYTES; i++) {
      const byte = i < key.length ? key[i]! : 0;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
  }

  /** Signatures of all kinds, in the order of `KINDS`, as one text of base64url. */
  sign(token: string): string {
    if (token.length > TOKEN_CHARS_MAX) throw new Error('a token is not as long as that');
    const length = this.#inner.write(token, BLOCK_BYTES, 'latin1');
    const digest = hash('sha512', this.#inner.subarray(0, BLOCK_BYTES + length), 'binary');
    this.#outer.write(digest, BLOCK_BYTES, 'latin1');
    // 12 bytes are 16 characters: each kind's signature is a slice of the text too.
    return hash('sha512', this.#outer, 'base64url');
  }

  verify(kind: NoticeKind, token: string, signature: string): boolean {
    // Only what we could have signed: latin1 would otherwise make other characters into ours.
    if (token.length > TOKEN_CHARS_MAX || !/^[\w.~-]*$/.test(token)) return false;
    const expected = signatureOf(this.sign(token), kind);
    if (signature.length !== expected.length) return false;
    // `latin1` keeps lengths equal whatever characters came.
    return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(signature, 'latin1'));
  }
}

/** The part of `NoticeSigner.sign` that signs one kind. */
export function signatureOf(signatures: string, kind: NoticeKind): string {
  const chars = (SIGNATURE_BYTES * 4) / 3;
  const start = KINDS.indexOf(kind) * chars;
  return signatures.slice(start, start + chars);
}
