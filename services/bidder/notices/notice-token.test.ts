import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { UidMask } from './uid-mask';
import {
  clickHash,
  decodeToken,
  encodeToken,
  NoticeSigner,
  signatureOf,
  type BidToken,
} from './notice-token';

const MASK = new UidMask('a secret');

const TOKEN: BidToken = {
  bidId: 'k3f9a-1z',
  requestId: 'a.b/ü"\'<${AUCTION_PRICE}',
  exchange: 'ex-1',
  lineItemId: 'li_1',
  creativeId: 'cr_1',
  advertiserId: 'shop',
  priceMicros: 2_500_000,
  currency: 'EUR',
  uid: 9_007_199_254_740_991,
  at: 1_700_000_000_123,
  billing: 'nurl',
  test: true,
  reserved: 2_500_000,
  unitMicros: 1,
  clickHash: clickHash('https://shop.example/?a=1'),
};

test('what went out comes back', () => {
  expect(decodeToken(encodeToken(TOKEN, MASK), MASK)).toEqual(TOKEN);
  const bare = { ...TOKEN, uid: null, reserved: 0, clickHash: '', requestId: 'r' };
  expect(decodeToken(encodeToken(bare, MASK), MASK)).toEqual(bare);
});

test('any request id makes a text that is safe in a query, in JSON and in an HTML attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), (requestId) => {
      const text = encodeToken({ ...TOKEN, requestId }, MASK);
      expect(text).toMatch(/^[\w.~-]+$/);
      const wellFormed = Buffer.from(requestId).toString();
      expect(wellFormed.startsWith(decodeToken(text, MASK)!.requestId.slice(0, 200))).toBe(true);
    }),
  );
});

test('half a character in a request id is no error', () => {
  expect(decodeToken(encodeToken({ ...TOKEN, requestId: '\ud800x' }, MASK), MASK)?.requestId).toBe('\ufffdx');
});

test('a signature holds for its kind, its token and its secret alone', () => {
  const signer = new NoticeSigner('a secret');
  const text = encodeToken(TOKEN, MASK);
  const kinds = ['win', 'bill', 'loss', 'impression', 'click'] as const;
  const all = signer.sign(text);
  for (const kind of kinds) {
    const signature = signatureOf(all, kind);
    expect(signature).toMatch(/^[\w-]{16}$/);
    for (const other of kinds) expect(signer.verify(other, text, signature)).toBe(other === kind);
    expect(signer.verify(kind, encodeToken({ ...TOKEN, priceMicros: 2_500_001 }, MASK), signature)).toBe(
      false,
    );
    expect(new NoticeSigner('another').verify(kind, text, signature)).toBe(false);
    expect(signer.verify(kind, text, signature.slice(1))).toBe(false);
    expect(signer.verify(kind, text, `ü${signature.slice(1)}`)).toBe(false);
  }
});

test('it is HMAC-SHA-512', () => {
  const key = Buffer.from(hkdfSync('sha256', 'a secret', 'muster/notice/1', 'notices', 64));
  const token = encodeToken(TOKEN, MASK);
  const expected = createHmac('sha512', key).update(token).digest('base64url');
  expect(new NoticeSigner('a secret').sign(token)).toBe(expected);
});

test('a text of another shape is no token', () => {
  expect(decodeToken('', MASK)).toBeUndefined();
  expect(decodeToken('1.a.b', MASK)).toBeUndefined();
  expect(decodeToken(encodeToken(TOKEN, MASK).replace(/^2/, '1'), MASK)).toBeUndefined();
});
