import { bannerRequest, BidderRig, type Bid } from '../testing/bidder-rig';
import { call } from '../testing/http-client';

let rig: BidderRig;
beforeEach(() => {
  rig = new BidderRig();
});
afterEach(() => rig.close());

const fill = (url: string, price: string): string => rig.here(url.replace('${AUCTION_PRICE}', price));
const pixelOf = ({ adm }: Bid): string => /<img src="([^"]*\/impression\?[^"]*)"/.exec(adm)![1]!;
const clickOf = ({ adm }: Bid): string => /<a href="([^"]*)"/.exec(adm)![1]!;

test('wins, billings and losses are in the log before they are answered', async () => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  expect((await call(fill(bid.nurl, '2.1'))).status).toBe(204);
  expect((await call(fill(bid.burl, '2.5'))).status).toBe(204);
  expect((await call(rig.here(bid.lurl.replace('${AUCTION_LOSS}', '102')))).status).toBe(204);
  const common = {
    bidId: bid.id,
    exchange: 'ex',
    lineItemId: 'li',
    creativeId: 'banner',
    currency: 'USD',
    test: false,
  };
  expect(rig.log.of('notice')).toMatchObject([
    { ...common, kind: 'win', priceMicros: 2_100_000, billed: false },
    { ...common, kind: 'bill', priceMicros: 2_500_000, billed: true },
    { ...common, kind: 'loss', lossReason: 102, billed: false },
  ]);
  expect(rig.log.of('notice').every(({ advertiserId }) => advertiserId === 'shop')).toBe(true);
});

test.each([
  ['burl', 'bill'],
  ['nurl', 'win'],
  ['impression', 'impression'],
] as const)(
  'an exchange that bills by %s is billed by the notice of that kind alone',
  async (billing, kind) => {
    await rig.start({ exchanges: [{ id: 'ex', billing }] });
    const [bid] = (await rig.bids()) as [Bid];
    for (const url of [bid.nurl, bid.burl, pixelOf(bid)]) await call(fill(url, '2.5'));
    expect(
      rig.log
        .of('notice')
        .filter(({ billed }) => billed)
        .map((notice) => notice.kind),
    ).toEqual([kind]);
  },
);

test('nothing of a test bid is billed', async () => {
  await rig.start({});
  const [bid] = (await rig.bids(bannerRequest({ test: 1 }))) as [Bid];
  await call(fill(bid.burl, '2.5'));
  expect(rig.log.of('notice')).toMatchObject([{ kind: 'bill', billed: false, test: true }]);
});

test.each([
  ['the price left out', '', undefined],
  ['a macro that nobody filled', '${AUCTION_PRICE}', undefined],
  ['a price of Java', '1.5E-4', 150],
  ['more decimals than money has', '2.123456789', 2_123_457],
  ['the price of the bid itself', '2.500000', 2_500_000],
  ['nothing', '0', 0],
])('%s is taken as what it is', async (_, price, priceMicros) => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  expect((await call(fill(bid.burl, price))).status).toBe(204);
  expect(rig.log.of('notice')[0]?.priceMicros).toBe(priceMicros);
});

test.each([
  ['2.500001', 403],
  ['1000', 403],
  ['-1', 400],
  ['cheap', 400],
])('a price of %s is refused with %d', async (price, status) => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  expect((await call(fill(bid.nurl, price))).status).toBe(status);
  expect((await call(fill(bid.burl, price))).status).toBe(status);
  expect((await call(`${rig.here(bid.lurl)}&p=${price}`)).status).toBe(status);
  expect(rig.log.of('notice')).toEqual([]);
});

test('a forged notice is 403: another kind, another price, another bid, no signature', async () => {
  await rig.start({});
  const [first] = (await rig.bids()) as [Bid];
  const [second] = (await rig.bids()) as [Bid];
  const param = (url: string, name: string): string => new URL(url).searchParams.get(name)!;
  const forged = [
    first.nurl.replace('/notice/win', '/notice/bill'),
    pixelOf(first).replace('/impression', '/notice/bill'),
    first.burl.replace(param(first.burl, 's'), param(second.burl, 's')),
    first.burl.replace(/&s=[^&]*/, ''),
    first.burl.replace(/\?.*/, ''),
    first.burl.replace('.ex.', '.other.'),
  ];
  for (const url of forged) expect((await call(fill(url, '1'))).status).toBe(403);
  expect(rig.log.of('notice')).toEqual([]);
});

test('the impression pixel is the last thing in the markup and answers a GIF that nobody keeps', async () => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  expect(bid.adm.startsWith('<a href="https://bid.example/click?')).toBe(true);
  expect(bid.adm.lastIndexOf('<img src="https://bid.example/impression?')).toBeGreaterThan(
    bid.adm.indexOf('</a>'),
  );
  const answer = await call(fill(pixelOf(bid), '2'));
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'image/gif', 'cache-control': 'no-store' },
  });
  expect(rig.log.of('notice')).toMatchObject([{ kind: 'impression', priceMicros: 2_000_000, billed: false }]);
});

test('a click leads to the signed URL, and nowhere else', async () => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  const url = rig.here(clickOf(bid));
  const answer = await call(url);
  expect(answer).toMatchObject({
    status: 302,
    headers: { location: 'https://shop.example/landing?a=1&b=2' },
  });
  expect((await call(url.replace('shop.example', 'evil.example'))).status).toBe(403);
  expect((await call(url.replace(/&u=.*/, ''))).status).toBe(403);
  expect(rig.log.of('notice')).toMatchObject([{ kind: 'click' }]);
});

test('the standard’s macros are left to the exchange', async () => {
  await rig.start({
    creatives: [
      { id: 'banner', adm: '<img src="https://t.example/?p=${AUCTION_PRICE}&i=${AUCTION_ID:B64}">' },
    ],
  });
  const [bid] = (await rig.bids()) as [Bid];
  expect(bid.adm).toContain('p=${AUCTION_PRICE}&i=${AUCTION_ID:B64}"');
  expect(bid.nurl).toContain('${AUCTION_PRICE}');
  expect(bid.lurl).toContain('${AUCTION_LOSS}');
});

test('any markup survives its way through JSON', async () => {
  const adm = '<b title="\'\\\u2028">${MUSTER_CLICK}|\n\t${MUSTER_CLICK}</b>\ud83d\ude00';
  await rig.start({ creatives: [{ id: 'banner', adm, clickUrl: "https://shop.example/a'b?c=d e" }] });
  const [bid] = (await rig.bids()) as [Bid];
  const click = /https:[^|]*/.exec(bid.adm)![0];
  expect(bid.adm.startsWith(adm.replaceAll('${MUSTER_CLICK}', click))).toBe(true);
  expect(click).not.toContain("'");
  expect((await call(rig.here(click))).headers.location).toBe("https://shop.example/a'b?c=d%20e");
});

test('a notice that cannot be stored is an error, so that the exchange may try again', async () => {
  await rig.start({});
  const [bid] = (await rig.bids()) as [Bid];
  rig.log.failure = new Error('disk full');
  expect((await call(fill(bid.burl, '2'))).status).toBe(500);
  rig.log.failure = undefined;
  expect((await call(fill(bid.burl, '2'))).status).toBe(204);
  expect(rig.log.of('notice')).toHaveLength(1);
});

test('a notice of a bid that is a week old is gone', async () => {
  let now = Date.UTC(2026, 0, 15);
  await rig.start({}, { now: () => now });
  const [bid] = (await rig.bids()) as [Bid];
  now += 7 * 86_400_000 + 1;
  expect((await call(fill(bid.burl, '2'))).status).toBe(410);
});

test('a click on a bid that is a week old still leads on, and counts no more', async () => {
  let now = Date.UTC(2026, 0, 15);
  await rig.start({}, { now: () => now });
  const [bid] = (await rig.bids()) as [Bid];
  await call(rig.here(clickOf(bid)));
  now += 7 * 86_400_000 + 1;
  expect(await call(rig.here(clickOf(bid)))).toMatchObject({
    status: 302,
    headers: { location: 'https://shop.example/landing?a=1&b=2' },
  });
  expect(rig.log.of('notice')).toHaveLength(1);
});

test('a person’s number is in no URL in clear, and in every notice', async () => {
  rig.lookups.entries.set('partner:acme:u', {
    iid: 123_456_789,
    uid: 123_456_789,
    confirmed: true,
    optedOut: false,
  });
  await rig.start({});
  const bids = await Promise.all([1, 2].map(() => rig.bids(bannerRequest({ user: { id: 'u' } }))));
  const uids = bids.map(([bid]) => new URL(bid!.burl).searchParams.get('b')!.split('.')[8]);
  expect(uids[0]).not.toBe(uids[1]);
  expect(JSON.stringify(bids)).not.toContain((123_456_789).toString(36));
  expect(JSON.stringify(bids)).not.toContain('123456789');
  for (const [bid] of bids) await call(fill(bid!.burl, '2'));
  expect(rig.log.of('notice').map(({ uid }) => uid)).toEqual([123_456_789, 123_456_789]);
});
