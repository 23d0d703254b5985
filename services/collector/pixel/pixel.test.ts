import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { tcString } from '../../shared/domain/consent/testing/strings';
import type { EventRecord } from '../../shared/domain/records';
import { cookieOf, NOW, startTestCollector, type TestCollector } from '../testing/harness';
import { expectValidRecord } from '../testing/log-schemas';

const VENDOR = 755;
const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';
const all = tcString({ purposes: [1, 3, 4, 7], vendors: [VENDOR] });
const storageOnly = tcString({ purposes: [1], vendors: [VENDOR] });
const nothing = tcString({});
const countries: Record<string, string> = { '5.9.0.1': 'DE', '8.8.8.8': 'US' };

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector({
    tcfVendorId: VENDOR,
    countryOfAddress: (address) => countries[address],
  });
});
afterEach(() => collector.close());

const events = (): EventRecord[] => {
  const records = collector.log.records<EventRecord>('events');
  records.forEach(expectValidRecord);
  return records;
};
const outcome = async (name: string): Promise<number> => {
  const metric = await collector.registry.getSingleMetric('muster_collector_records_total')?.get();
  return (
    metric?.values.find(({ labels }) => labels.endpoint === 'pixel' && labels.outcome === name)?.value ?? 0
  );
};

test('a first visit gets a cookie and a record under it', async () => {
  const answer = await collector.ask('/pixel.gif?pub=news&url=https%3A%2F%2Fnews.example%2Fa%3Fb');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('image/gif');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.body.subarray(0, 6).toString('latin1')).toBe('GIF89a');
  const cookie = cookieOf(answer);
  expect(cookie).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(events()).toEqual([
    {
      v: 1,
      type: 'event',
      source: 'pixel',
      publisher: 'news',
      identities: [`cookie:${cookie}`],
      event: 'page_view',
      url: 'https://news.example/a?b',
      at: NOW,
      receivedAt: NOW,
      consent: CONSENT_DEFAULT_ALLOWED,
    },
  ]);
});

test('an address and cookies longer than any are no error to the page', async () => {
  const url = encodeURIComponent(`https://news.example/?q=${'x'.repeat(30_000)}`);
  const cookie = `${'other=1; '.repeat(3_000)}muid=${COOKIE}`;
  const answer = await collector.ask(`/pixel.gif?pub=news&url=${url}`, { headers: { cookie } });
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/gif' } });
  expect(events()).toMatchObject([{ identities: [`cookie:${COOKIE}`], publisher: 'news' }]);
});

test('everything a pixel can say', async () => {
  await collector.ask(
    '/pixel.gif?pub=shop&ev=purchase&url=https%3A%2F%2Fshop.example%2F&ref=https%3A%2F%2Fs.example%2F&cat=cars&kw=fast,%20red,,' +
      '&value=19.90&currency=eur&sku=x-1&id=order-7',
    { headers: { cookie: `other=1; muid=${COOKIE}` } },
  );
  expect(events()).toMatchObject([
    {
      publisher: 'shop',
      event: 'purchase',
      identities: [`cookie:${COOKIE}`],
      url: 'https://shop.example/',
      ref: 'https://s.example/',
      category: 'cars',
      keywords: ['fast', 'red'],
      value: '19.9',
      currency: 'EUR',
      sku: 'x-1',
      id: 'order-7',
    },
  ]);
});

test('a field that cannot be used is left out and counted, the event stays', async () => {
  const answer = await collector.ask(
    '/pixel.gif?pub=news&value=a%20lot&currency=euros&url=javascript:alert(1)&ev=%00',
  );
  expect(answer.status).toBe(200);
  expect(events()[0]).toMatchObject({ event: 'page_view' });
  expect(events()[0]).not.toHaveProperty('value');
  expect(events()[0]).not.toHaveProperty('url');
  const ignored = await collector.registry.getSingleMetric('muster_collector_fields_ignored_total')?.get();
  expect(ignored?.values.map(({ labels }) => labels.field).sort()).toEqual([
    'currency',
    'ev',
    'url',
    'value',
  ]);
});

test('without url the page is the referer', async () => {
  await collector.ask('/pixel.gif?pub=news', { headers: { referer: 'https://news.example/story' } });
  expect(events()[0]?.url).toBe('https://news.example/story');
});

describe('the cookie', () => {
  test('on https it serves other sites, for 400 days', async () => {
    const answer = await collector.ask('/pixel.gif?pub=news');
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^muid=[\w-]{22}; Path=\/; Max-Age=34560000; HttpOnly; Secure; SameSite=None$/,
    );
  });

  test('on plain http it is Lax', async () => {
    const plain = await startTestCollector({ publicUrl: 'http://localhost:8081' });
    const answer = await plain.ask('/pixel.gif?pub=news');
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Lax$/);
    expect(answer.headers['set-cookie']?.[0]).not.toContain('Secure');
    await plain.close();
  });

  test('one that is known is kept and lives on', async () => {
    const answer = await collector.ask('/pixel.gif?pub=news', { headers: { cookie: `muid=${COOKIE}` } });
    expect(cookieOf(answer)).toBe(COOKIE);
  });

  test.each(['AAAAAAAAAAAAAAAAAAAAAA', 'short', 'x'.repeat(500), ''])(
    '%j is none of ours and is replaced',
    async (value) => {
      const answer = await collector.ask('/pixel.gif?pub=news', { headers: { cookie: `muid=${value}` } });
      expect(cookieOf(answer)).toMatch(/^[\w-]{22}$/);
      expect(cookieOf(answer)).not.toBe(value);
    },
  );

  test('two browsers get two', async () => {
    const cookies = await Promise.all(Array.from({ length: 20 }, () => collector.ask('/pixel.gif?pub=news')));
    expect(new Set(cookies.map(cookieOf)).size).toBe(20);
  });
});

describe('consent', () => {
  const encoded = encodeURIComponent;
  test.each([
    ['TCF applies, no string', 'gdpr=1', {}],
    ['TCF applies, unreadable string', 'gdpr=1&gdpr_consent=garbage', {}],
    ['TCF string of nothing', `gdpr_consent=${encoded(nothing)}`, {}],
    ['an address in the EEA, nothing said', '', { 'x-forwarded-for': '5.9.0.1' }],
  ])('%s: no cookie, no record', async (_, query, headers) => {
    const answer = await collector.ask(`/pixel.gif?pub=news&${query}`, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(events()).toEqual([]);
    expect(await outcome('no_identity')).toBe(1);
  });

  test('TCF string of everything', async () => {
    const answer = await collector.ask(`/pixel.gif?pub=news&gdpr=1&gdpr_consent=${encoded(all)}`, {
      headers: { 'x-forwarded-for': '5.9.0.1' },
    });
    expect(cookieOf(answer)).toBeDefined();
    expect(events()[0]?.consent).toBe(CONSENT_DEFAULT_ALLOWED | CONSENT.signal);
  });

  test('gdpr=0 from the EEA', async () => {
    const answer = await collector.ask('/pixel.gif?pub=news&gdpr=0', {
      headers: { 'x-forwarded-for': '5.9.0.1' },
    });
    expect(cookieOf(answer)).toBeDefined();
    expect(events()).toHaveLength(1);
  });

  test('storage without a profile: a cookie, but no record of a new browser', async () => {
    const answer = await collector.ask(`/pixel.gif?pub=news&gdpr_consent=${encoded(storageOnly)}`);
    expect(cookieOf(answer)).toBeDefined();
    expect(events()).toEqual([]);
    expect(await outcome('consent_denied')).toBe(1);
  });

  test('a known browser that denies leaves the denial and nothing of its visit', async () => {
    const answer = await collector.ask(
      `/pixel.gif?pub=news&url=https%3A%2F%2Fnews.example%2F&kw=a&value=3&gdpr_consent=${encoded(nothing)}`,
      { headers: { cookie: `muid=${COOKIE}` } },
    );
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(events()).toEqual([
      {
        v: 1,
        type: 'event',
        source: 'pixel',
        publisher: 'news',
        identities: [`cookie:${COOKIE}`],
        event: 'page_view',
        at: NOW,
        receivedAt: NOW,
        consent: CONSENT.signal,
      },
    ]);
  });

  test('a known browser in the EEA of which nothing is said leaves nothing', async () => {
    await collector.ask('/pixel.gif?pub=news', {
      headers: { cookie: `muid=${COOKIE}`, 'x-forwarded-for': '5.9.0.1' },
    });
    expect(events()).toEqual([]);
  });

  test.each([
    ['Sec-GPC', '', { 'sec-gpc': '1' }],
    ['us_privacy', 'us_privacy=1YYN', {}],
    ['ccpa', 'ccpa=1YYN', {}],
    ['usp', 'usp=1YYN', {}],
  ])('an opt-out of sale by %s', async (_, query, headers) => {
    await collector.ask(`/pixel.gif?pub=news&${query}`, {
      headers: { cookie: `muid=${COOKIE}`, ...headers },
    });
    expect(events()[0]?.consent).toBe(CONSENT.signal | CONSENT.storage | CONSENT.measurement);
  });

  test('an opted-out browser: no record, no cookie', async () => {
    const answer = await collector.ask('/pixel.gif?pub=news', { headers: { cookie: 'muid=optout' } });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(events()).toEqual([]);
    expect(await outcome('opted_out')).toBe(1);
  });
});

describe('never an error status', () => {
  test('an unknown publisher', async () => {
    expect((await collector.ask('/pixel.gif?pub=nobody')).status).toBe(200);
    expect(events()).toEqual([]);
    expect(await outcome('unknown_publisher')).toBe(1);
  });

  test('no publisher: an event without one', async () => {
    expect((await collector.ask('/pixel.gif')).status).toBe(200);
    expect(events()[0]?.publisher).toBeNull();
  });

  test.each([
    '/pixel.gif?%',
    '/pixel.gif?url=%zz&id=%ff',
    '/pixel.gif?pub=news&pub=shop',
    '/pixel.gif??&&=&',
  ])('%s', async (path) => {
    expect((await collector.ask(path)).status).toBe(200);
  });

  test.each(['POST', 'HEAD', 'PUT', 'OPTIONS'])('%s, which records nothing', async (method) => {
    expect((await collector.ask('/pixel.gif?pub=news', { method })).status).toBe(200);
    expect(events()).toEqual([]);
  });

  test('a log that fails', async () => {
    collector.log.failing = true;
    const answer = await collector.ask('/pixel.gif?pub=news');
    expect(answer.status).toBe(200);
    expect(await outcome('append_failed')).toBe(1);
    expect(await collector.missing()).toEqual([expect.stringContaining('log')]);
  });

  test('a catalog that was never seen', async () => {
    const early = await startTestCollector({ edge: null });
    expect((await early.ask('/pixel.gif?pub=news')).status).toBe(200);
    await early.close();
  });
});

test('the picture waits until the record is durable', async () => {
  collector.log.hold();
  let answered = false;
  const asked = collector.ask('/pixel.gif?pub=news').then(() => (answered = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answered).toBe(false);
  collector.log.release();
  await asked;
  expect(events()).toHaveLength(1);
});
