import { sha256Hex } from '../shared/domain/sha256';
import { gzipSync } from 'node:zlib';
import { PartnerIdCipher } from '../shared/domain/partner-id';
import { FOREVER_S } from '../shared/stores/lookups/lookups';
import { ADMIN_HASH, ADMIN_KEY, bannerRequest, BidderRig } from './testing/bidder-rig';
import { catalog } from './testing/catalog-fixtures';
import { FakeLookups } from './testing/fake-lookups';
import { call, until } from './testing/http-client';

const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';

let rig: BidderRig;
beforeEach(() => {
  rig = new BidderRig();
});
afterEach(() => rig.close());

describe('what comes in', () => {
  test('a bid request is answered with JSON', async () => {
    await rig.start({});
    const body = bannerRequest({ id: 'r/"1"' });
    const answer = await rig.request(body);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toMatchObject({ id: 'r/"1"', cur: 'USD', seatbid: [{ seat: 'seat-1' }] });
  });

  test('gzip is inflated; broken, truncated and bursting gzip is refused by name', async () => {
    await rig.start({});
    const url = `${rig.base}/openrtb2/ex`;
    const headers = { 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(bannerRequest()));
    expect((await call(url, { body, headers })).status).toBe(200);
    expect(await call(url, { body: body.subarray(0, 40), headers })).toMatchObject({
      status: 400,
      json: { code: 'invalid_gzip' },
    });
    expect(await call(url, { body: 'no gzip', headers })).toMatchObject({
      status: 400,
      json: { code: 'invalid_gzip' },
    });
    const bomb = gzipSync(Buffer.alloc(40 * 1024 ** 2, 32));
    expect((await call(url, { body: bomb, headers })).status).toBe(413);
    expect((await call(url, { body: 'x', headers: { 'content-encoding': 'br' } })).status).toBe(415);
  });

  test('a body over 1 MiB is 413, told beforehand or not', async () => {
    await rig.start({});
    const url = `${rig.base}/openrtb2/ex`;
    const padded = (length: number): string => JSON.stringify(bannerRequest({ ext: 'x'.repeat(length) }));
    expect((await call(url, { body: padded(1_000_000) })).status).toBe(200);
    expect((await call(url, { body: padded(1_100_000) })).status).toBe(413);
    const chunked = await fetch(url, {
      method: 'POST',
      body: new Blob([padded(1_100_000)]).stream(),
      duplex: 'half',
    }).then(
      ({ status }) => status,
      // The answer comes before the body is through: a client may meet the closed connection instead.
      () => 413,
    );
    expect(chunked).toBe(413);
    expect((await rig.request()).status).toBe(200);
  });

  test.each([
    ['no JSON', '{"id":', ''],
    ['nothing', '', ''],
    ['no object', '[]', ''],
    ['a wrong type', '{"id":"1","imp":[{"id":"1","banner":{"w":"300"}}]}', 'imp[0].banner.w'],
  ])('%s is 400 with the place', async (_, body, path) => {
    await rig.start({});
    const answer = await call(`${rig.base}/openrtb2/ex`, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path }] });
  });

  test('bytes that are no UTF-8 are 400', async () => {
    await rig.start({});
    const body = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(await call(`${rig.base}/openrtb2/ex`, { body })).toMatchObject({
      status: 400,
      json: { code: 'invalid_utf8' },
    });
  });

  test('an unknown exchange is 404, another method 405, another path 404', async () => {
    await rig.start({});
    expect((await rig.request(bannerRequest(), { exchange: 'other' })).status).toBe(404);
    expect((await call(`${rig.base}/openrtb2/ex`)).status).toBe(405);
    expect((await call(`${rig.base}/nothing`)).status).toBe(404);
  });

  test('an exchange with a key wants it, and an admin key serves too', async () => {
    await rig.start({
      adminKeyHashes: [ADMIN_HASH],
      exchanges: [{ id: 'ex', keyHash: sha256Hex('its key') }, { id: 'open' }],
    });
    const authorized = async (authorization?: string): Promise<number> =>
      (await rig.request(bannerRequest(), { headers: authorization === undefined ? {} : { authorization } }))
        .status;
    expect(await authorized()).toBe(401);
    expect(await authorized('Bearer another')).toBe(401);
    expect(await authorized('Basic its key')).toBe(401);
    expect(await authorized('Bearer its')).toBe(401);
    expect(await authorized(`Bearer ${ADMIN_KEY}`)).toBe(200);
    expect((await rig.request(bannerRequest(), { exchange: 'open' })).status).toBe(200);
  });

  test('an exchange with addresses is 403 from others', async () => {
    await rig.start({
      exchanges: [
        { id: 'ex', allowCidrs: ['10.0.0.0/8', '2001:db8::/32'] },
        { id: 'here', allowCidrs: ['127.0.0.0/8'] },
        { id: 'one', allowCidrs: ['127.0.0.1'] },
      ],
    });
    expect((await rig.request(bannerRequest())).status).toBe(403);
    expect((await rig.request(bannerRequest(), { exchange: 'here' })).status).toBe(200);
    expect((await rig.request(bannerRequest(), { exchange: 'one' })).status).toBe(200);
  });

  test('over its maxQps an exchange gets 204, and it is counted', async () => {
    let now = Date.UTC(2026, 0, 15);
    await rig.start({ exchanges: [{ id: 'ex', maxQps: 5 }, { id: 'free' }] }, { now: () => now });
    const statuses = async (count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await rig.request()).status);
      return found.sort();
    };
    expect(await statuses(8)).toEqual([200, 200, 200, 200, 200, 204, 204, 204]);
    expect((await rig.request(bannerRequest(), { exchange: 'free' })).status).toBe(200);
    now += 400;
    expect(await statuses(3)).toEqual([200, 200, 204]);
    expect(await rig.registry.metrics()).toMatch(
      /muster_bid_requests_total\{[^}]*outcome="over_max_qps"[^}]*\} 4/,
    );
  });

  test('workers share a maxQps', async () => {
    const now = Date.UTC(2026, 0, 15);
    await rig.start({ exchanges: [{ id: 'ex', maxQps: 6 }] }, { now: () => now, workers: 3 });
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await rig.request()).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  });
});

describe('what is known', () => {
  test('it is not ready without a catalog or without the epoch of the lookups', async () => {
    rig.lookups.epochText = undefined;
    await rig.start(undefined);
    const ready = async (): Promise<unknown> => (await call(`${rig.base}/readyz`)).json['missing'];
    expect(await ready()).toHaveLength(2);
    rig.lookups.setBidding(catalog({ lineItems: [] }));
    await until(async () => ((await ready()) as unknown[]).length === 1, 'the catalog is seen');
    rig.lookups.epochText = 'now';
    await until(async () => (await call(`${rig.base}/readyz`)).status === 200, 'the epoch is seen');
  });

  test('without the epoch nobody is known: line items with audiences do not bid', async () => {
    rig.lookups.epochText = undefined;
    rig.lookups.setAudiences({ audiences: [{ id: 'a', number: 1, version: 1, ready: true }] });
    await rig.start({
      lineItems: [{ id: 'excludes', audiences: { noneOf: ['a'] }, bidCpmMicros: 9_000_000 }, { id: 'all' }],
    });
    rig.lookups.entries.set('partner:acme:u', { iid: 1, uid: 1, confirmed: true, optedOut: false });
    expect(await rig.bids(bannerRequest({ user: { id: 'u' } }))).toMatchObject([{ cid: 'all' }]);
    rig.lookups.epochText = 'now';
    await until(
      async () => (await rig.bids(bannerRequest({ user: { id: 'u' } })))[0]?.cid === 'excludes',
      'the epoch',
    );
  });

  test('people are looked up in a replica where there is one, and a failed lookup is nobody unknown', async () => {
    const replica = new FakeLookups();
    const lacks: string[] = [];
    rig.lookups.setAudiences({ audiences: [{ id: 'a', number: 1, version: 1, ready: true }] });
    const lineItems = [
      { id: 'excludes', audiences: { noneOf: ['a'] }, bidCpmMicros: 9_000_000 },
      { id: 'all' },
    ];
    await rig.start({ lineItems }, { replica: { ...replica, missing: () => lacks } });
    const bid = async (): Promise<unknown> => (await rig.bids(bannerRequest({ user: { id: 'u' } })))[0]?.cid;
    const ready = async (): Promise<unknown> => (await call(`${rig.base}/readyz`)).json['missing'];
    // What the shared lookups say of people is not asked for.
    rig.lookups.failure = new Error('asked all the same');
    replica.entries.set('partner:acme:u', { iid: 1, uid: 1, confirmed: true, optedOut: false });
    expect([await bid(), await ready()]).toEqual(['excludes', []]);
    replica.failure = new Error('too far behind');
    lacks.push('lookups replica: 40 s behind');
    expect([await bid(), await ready()]).toEqual(['all', lacks]);
    replica.failure = undefined;
    expect(await bid()).toBe('excludes');
    // Nor does it stand in for lookups that were lost.
    rig.lookups.epochText = undefined;
    await until(async () => (await bid()) === 'all', 'the epoch is missed');
  });

  test('a change of the catalog or of an audience is in force within a second', async () => {
    await rig.start({ lineItems: [{ id: 'old' }] });
    expect(await rig.bids()).toMatchObject([{ cid: 'old' }]);
    rig.lookups.setBidding(
      catalog({
        lineItems: [{ id: 'old' }, { id: 'new', bidCpmMicros: 9_000_000, audiences: { noneOf: ['a'] } }],
      }),
    );
    rig.lookups.entries.set('partner:acme:u', { iid: 1, uid: 1, confirmed: true, optedOut: false });
    const winner = async (): Promise<unknown> =>
      (await rig.bids(bannerRequest({ user: { id: 'u' } })))[0]?.cid;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await winner()).toBe('old');
    const startedAt = Date.now();
    rig.lookups.setAudiences({ audiences: [{ id: 'a', number: 1, version: 1, ready: true }] });
    await until(async () => (await winner()) === 'new', 'the audience is ready');
    console.info(`an audience was in force after ${Date.now() - startedAt} ms`);
  });

  test('lookups over a network serve as well', async () => {
    rig = new BidderRig(new FakeLookups({ isRemote: true }));
    rig.lookups.setAudiences({ audiences: [{ id: 'a', number: 1, version: 1, ready: true }] });
    await rig.start({
      lineItems: [{ id: 'li', audiences: { anyOf: ['a'] }, bidCpmMicros: 9_000_000 }, { id: 'all' }],
    });
    const buyeruid = new PartnerIdCipher('a secret of the installation').encrypt('acme', COOKIE);
    rig.lookups.entries.set(`cookie:${COOKIE}`, { iid: 5, uid: 4, confirmed: true, optedOut: false });
    rig.lookups.records.set(4, {
      uid: 4,
      version: 1,
      consent: 0,
      evaluatedAt: 1,
      memberships: [{ audience: 1, sinceS: 1, untilS: FOREVER_S }],
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => rig.bids(bannerRequest({ user: { buyeruid } }))),
    );
    expect(new Set(answers.map(([bid]) => bid?.cid))).toEqual(new Set(['li']));
    rig.lookups.failure = new Error('gone');
    expect(await rig.bids(bannerRequest({ user: { buyeruid } }))).toMatchObject([{ cid: 'all' }]);
  });
});

describe('what admins see', () => {
  test('?debug=1 tells why there is no bid, with an admin key alone', async () => {
    await rig.start({ adminKeyHashes: [ADMIN_HASH], lineItems: [{ id: 'li', exchanges: ['other'] }] });
    expect((await rig.request()).status).toBe(204);
    expect((await rig.request(bannerRequest(), { query: '?debug=1' })).status).toBe(401);
    const debugged = await rig.request(bannerRequest({ tmax: 1 }), { query: '?debug=1', headers: ADMIN });
    expect(debugged).toMatchObject({
      status: 200,
      json: {
        seatbid: [],
        nbr: 15,
        ext: { muster: { reason: 'insufficient_time', person: { known: false } } },
      },
    });
  });

  test('?debug=1 leaves a bid as it is and adds what is known', async () => {
    await rig.start({ adminKeyHashes: [ADMIN_HASH] });
    const answer = await rig.request(bannerRequest(), { query: '?debug=1', headers: ADMIN });
    expect(answer.json).toMatchObject({
      seatbid: [{ bid: [{ cid: 'li' }] }],
      ext: { muster: { audiences: [] } },
    });
  });

  test('explain names person, audiences, consent and for each line item and impression a reason or a price', async () => {
    rig.lookups.setAudiences({ audiences: [{ id: 'a', number: 1, version: 1, ready: true }] });
    await rig.start({
      adminKeyHashes: [ADMIN_HASH],
      lineItems: [
        { id: 'wins', bidCpmMicros: 3_000_000, audiences: { anyOf: ['a'] } },
        { id: 'second' },
        { id: 'never', geo: { countries: ['DEU'] } },
      ],
    });
    rig.lookups.entries.set('partner:acme:u', { iid: 9, uid: 8, confirmed: true, optedOut: false });
    rig.lookups.records.set(8, {
      uid: 8,
      version: 1,
      consent: 0,
      evaluatedAt: Date.now() - 2_000,
      memberships: [{ audience: 1, sinceS: Math.floor(Date.now() / 1000) - 60, untilS: FOREVER_S }],
    });
    const imp = [
      { id: '1', banner: { w: 300, h: 250 } },
      { id: '2', banner: { w: 1, h: 1 } },
    ];
    const body = JSON.stringify(bannerRequest({ user: { id: 'u' }, imp }));
    const url = `${rig.base}/explain/ex`;
    expect((await call(url, { body })).status).toBe(401);
    const { json, status } = await call(url, { body, headers: ADMIN });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      currency: 'USD',
      consent: { personalisation: true },
      person: { known: true, uid: 8, identity: 'partner' },
      audiences: [{ id: 'a', until: null }],
      lineItems: [
        {
          lineItemId: 'wins',
          imps: [
            { impid: '1', price: 3, wins: true },
            { impid: '2', reason: 'size' },
          ],
        },
        { lineItemId: expect.any(String) as string },
        { lineItemId: expect.any(String) as string },
      ],
    });
    const others = (json['lineItems'] as { lineItemId: string; imps: unknown[] }[]).slice(1);
    expect(Object.fromEntries(others.map(({ lineItemId, imps }) => [lineItemId, imps[0]]))).toMatchObject({
      second: { price: 2.5, wins: false },
      never: { reason: 'country' },
    });
    const [{ ageSeconds }] = json['audiences'] as [{ ageSeconds: number }];
    expect(ageSeconds).toBeGreaterThanOrEqual(60);
    expect((await call(url, { body: '{}', headers: ADMIN })).status).toBe(400);
    expect((await call(`${rig.base}/explain/none`, { body, headers: ADMIN })).status).toBe(404);
  });
});

describe('what goes to the log', () => {
  test('each bid, and no-bids at the sampling rate', async () => {
    await rig.start({ lineItems: [{ id: 'li', deals: ['d'] }] }, { sampleRate: 1 });
    await rig.bids(
      bannerRequest({
        id: 'with "quotes"',
        imp: [{ id: 'ü', banner: { w: 300, h: 250 }, pmp: { deals: [{ id: 'd' }] } }],
      }),
    );
    await rig.request(
      bannerRequest({ id: 'none', user: { data: [{ id: 'x' }] }, device: { geo: { country: 'USA' } } }),
    );
    await until(() => rig.log.appended.length === 2, 'both records');
    expect(rig.log.of('bid')).toMatchObject([
      {
        requestId: 'with "quotes"',
        impId: 'ü',
        exchange: 'ex',
        uid: null,
        lineItemId: 'li',
        creativeId: 'banner',
        advertiserId: 'shop',
        dealId: 'd',
        audienceIds: [],
        priceMicros: 2_500_000,
        currency: 'USD',
        site: 'news.example',
        test: false,
      },
    ]);
    expect(rig.log.of('request')).toMatchObject([
      { requestId: 'none', reason: 'no_match', imps: 1, country: 'USA', sampleRate: 1, data: [{ id: 'x' }] },
    ]);
    expect(rig.log.appended.every(({ topic }) => topic === 'bids')).toBe(true);
  });

  test('a log that fails loses nothing that fits the buffer, and bids go on', async () => {
    await rig.start({});
    rig.log.failure = new Error('disk full');
    await rig.bids();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await rig.bids();
    rig.log.failure = undefined;
    await until(() => rig.log.of('bid').length === 2, 'both bids');
  });

  test('what is in the buffer is in the log when it is closed', async () => {
    await rig.start({});
    await rig.bids();
    await rig.close();
    expect(rig.log.of('bid')).toHaveLength(1);
  });

  test('what is in the buffer is in the log when it is closed, also where reservations cannot be handed over', async () => {
    await rig.start({ lineItems: [{ id: 'li', budget: { totalMicros: 1_000_000 } }] });
    await until(async () => (await rig.request()).status === 200, 'a lease');
    jest.spyOn(rig.lookups.documents, 'put').mockRejectedValue(new Error('the lookups are away'));
    await expect(rig.close()).rejects.toThrow('away');
    expect(rig.log.of('bid').length).toBeGreaterThan(0);
    rig = new BidderRig();
  });
});

test('a bidder that is closed after the last one started hands its reservations over too', async () => {
  const budget = { totalMicros: 1_000_000 };
  await rig.start({ lineItems: [{ id: 'li', budget }] }, { takeOverMs: 10 });
  const leaving = await new BidderRig(rig.lookups, rig.log).start(undefined);
  await until(async () => (await leaving.request()).status === 200, 'a lease');
  await leaving.close();
  await until(
    async () => /muster_bidder_open_reservations\{[^}]*\} 1$/m.test(await rig.registry.metrics()),
    'the reservation',
  );
});

test('outcomes are counted by exchange', async () => {
  await rig.start({});
  await rig.bids();
  await rig.request({ id: 'x' });
  await rig.request(bannerRequest({ site: undefined }));
  const metrics = await rig.registry.metrics();
  for (const outcome of ['bid', 'invalid_request', 'no_biddable_imp']) {
    expect(metrics).toMatch(
      new RegExp(`muster_bid_requests_total\\{exchange="ex",outcome="${outcome}"[^}]*\\} 1`),
    );
  }
  expect(metrics).toMatch(/muster_bids_total\{[^}]*\} 1/);
  expect(metrics).toMatch(/muster_bid_seconds_count\{[^}]*\} 3/);
});
