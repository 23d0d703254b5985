import { gzipSync } from 'node:zlib';
import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { tcString } from '../../shared/domain/consent/testing/strings';
import type { EventRecord } from '../../shared/domain/records';
import { KEYS, NOW, startTestCollector, type Answer, type TestCollector } from '../testing/harness';
import { expectValidRecord } from '../testing/log-schemas';

const MAID = 'maid:6d92078a-8246-4ba4-ae5b-76104861e7dc';
const DAY = 86_400_000;

let collector: TestCollector;
beforeAll(async () => {
  // Events of servers: the address of a data centre in the EEA says nothing about the person.
  collector = await startTestCollector({ countryOfAddress: () => 'DE' });
});
afterAll(() => collector.close());
beforeEach(() => {
  collector.log.appends.length = 0;
  collector.log.failing = false;
});

const records = (): EventRecord[] => {
  const events = collector.log.records<EventRecord>('events');
  events.forEach(expectValidRecord);
  return events;
};
const post = (
  body: unknown,
  {
    key = KEYS.publisher,
    query = '',
    headers = {},
  }: { key?: string; query?: string; headers?: Record<string, string> } = {},
): Promise<Answer> =>
  collector.ask(`/v1/events${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
const one = (event: unknown): Promise<Answer> => post({ events: [event] });

test('an event becomes a record of its publisher', async () => {
  const answer = await one({
    id: 'o-1',
    identities: [MAID.toUpperCase().replace('MAID', 'maid'), `customer:shop:7`, MAID],
    type: 'purchase',
    at: '2026-06-15T11:59:00+00:00',
    url: 'https://news.example/x',
    ref: null,
    category: 'cars',
    sku: 'x-1',
    value: 19.9,
    currency: 'eur',
    items: [{ sku: 'x-1', n: 2 }],
    properties: { colour: 'red' },
    unknown: 'left out',
  });
  expect(answer.status).toBe(202);
  expect(JSON.parse(answer.text)).toEqual({ accepted: 1, rejected: [] });
  expect(records()).toEqual([
    {
      v: 1,
      type: 'event',
      id: 'o-1',
      source: 'server',
      publisher: 'news',
      identities: [MAID, 'customer:shop:7'],
      event: 'purchase',
      at: NOW - 60_000,
      receivedAt: NOW,
      url: 'https://news.example/x',
      category: 'cars',
      sku: 'x-1',
      value: '19.9',
      currency: 'EUR',
      items: [{ sku: 'x-1', n: 2 }],
      properties: { colour: 'red' },
      consent: CONSENT_DEFAULT_ALLOWED,
    },
  ]);
  expect(collector.log.appends[0]?.records[0]?.key).toBe(MAID);
});

test('one bad event does not hold up the others, and each is named', async () => {
  const good = { identity: MAID, type: 'view' };
  const answer = await post({ events: [good, { ...good, identity: 'maid:0' }, good, { identity: MAID }, 7] });
  expect(JSON.parse(answer.text)).toEqual({
    accepted: 2,
    rejected: [
      { index: 1, code: 'invalid_identity', message: expect.any(String) as string },
      { index: 3, code: 'missing_field', message: expect.stringContaining('type') as string },
      { index: 4, code: 'invalid_field', message: expect.any(String) as string },
    ],
  });
  expect(records()).toHaveLength(2);
});

test.each([
  ['nobody', {}, 'missing_field'],
  ['an empty list of identities', { identity: undefined, identities: [] }, 'missing_field'],
  ['identities that is no list', { identities: 'x' }, 'invalid_field'],
  ['an identity that is no text', { identity: 7 }, 'invalid_identity'],
  ['plain email', { identity: 'email:user@example.com' }, 'invalid_identity'],
  ['one bad identity of several', { identities: [MAID, 'maid:null'] }, 'invalid_identity'],
  ['21 identities', { identities: Array.from({ length: 21 }, (_, i) => `customer:a:${i + 1}`) }, 'too_many'],
  ['an empty type', { identity: MAID, type: '' }, 'invalid_field'],
  ['a type that is no text', { identity: MAID, type: 7 }, 'invalid_field'],
  ['a time that is none', { identity: MAID, at: 'yesterday' }, 'invalid_field'],
  ['a time as a number', { identity: MAID, at: NOW }, 'invalid_field'],
  ['a time ahead', { identity: MAID, at: new Date(NOW + 301_000).toISOString() }, 'at_in_future'],
  ['a time of 1970', { identity: MAID, at: '1970-01-01T00:00:00Z' }, 'at_too_old'],
  [
    'a time before the retention',
    { identity: MAID, at: new Date(NOW - 400 * DAY - 1).toISOString() },
    'at_too_old',
  ],
  ['a value that is no number', { identity: MAID, value: 'much' }, 'invalid_field'],
  ['a value too large', { identity: MAID, value: 1e12 }, 'invalid_field'],
  ['a currency of four letters', { identity: MAID, currency: 'EURO' }, 'invalid_field'],
  ['a url that is none', { identity: MAID, url: 'news.example' }, 'invalid_field'],
  ['items that are no objects', { identity: MAID, items: [1] }, 'invalid_field'],
  ['properties that are no object', { identity: MAID, properties: [] }, 'invalid_field'],
  ['properties too large', { identity: MAID, properties: { x: 'y'.repeat(40_000) } }, 'invalid_field'],
  ['consent that is no object', { identity: MAID, consent: 'yes' }, 'invalid_field'],
  ['a consent string that is no text', { identity: MAID, consent: { gdpr_consent: 7 } }, 'invalid_field'],
])('%s is rejected by name', async (_, event, code) => {
  const answer = await one({ type: 'view', ...event });
  expect(answer.status).toBe(202);
  expect(JSON.parse(answer.text)).toMatchObject({ accepted: 0, rejected: [{ index: 0, code }] });
  expect(records()).toEqual([]);
});

test.each([
  ['5 minutes ahead', NOW + 300_000],
  ['400 days ago', NOW - 400 * DAY],
])('a time %s is accepted', async (_, at) => {
  expect(
    JSON.parse((await one({ identity: MAID, type: 'view', at: new Date(at).toISOString() })).text),
  ).toMatchObject({
    accepted: 1,
  });
  expect(records()[0]?.at).toBe(at);
});

test('consent that the sender states goes with the record; a denial is accepted and travels', async () => {
  await post({
    events: [
      { identity: MAID, type: 'a', consent: { gdpr: 1, gdpr_consent: tcString({ purposes: [1, 3, 4, 7] }) } },
      { identity: MAID, type: 'b', consent: { gdpr: 1 } },
      { identity: MAID, type: 'c', consent: { us_privacy: '1YYN' } },
      { identity: MAID, type: 'd', consent: { gdpr: true, gdpr_consent: 'garbage' } },
      { identity: MAID, type: 'e', consent: {} },
      { identity: MAID, type: 'f', consent: { gpc: 1 } },
    ],
  });
  const optedOut = CONSENT.signal | CONSENT.storage | CONSENT.measurement;
  expect(records().map(({ consent }) => consent)).toEqual([
    CONSENT_DEFAULT_ALLOWED | CONSENT.signal,
    0,
    optedOut,
    0,
    CONSENT_DEFAULT_ALLOWED,
    optedOut,
  ]);
});

describe('keys', () => {
  const body = { events: [{ identity: MAID, type: 'view' }] };

  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic abc'],
    ['an empty key', 'Bearer '],
    ['an unknown key', 'Bearer nonsense'],
  ])('%s: 401', async (_, authorization) => {
    const answer = await collector.ask('/v1/events', {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  test.each([KEYS.provider, KEYS.analyst])('a key of another role: 403', async (key) => {
    expect((await post(body, { key })).status).toBe(403);
  });

  test('admin speaks for the publisher it names, or for none', async () => {
    await post(body, { key: KEYS.admin, query: '?publisher=shop' });
    await post(body, { key: KEYS.admin });
    expect(records().map(({ publisher }) => publisher)).toEqual(['shop', null]);
    expect((await post(body, { key: KEYS.admin, query: '?publisher=nobody' })).status).toBe(422);
  });

  test("a publisher's key speaks for its own only", async () => {
    expect((await post(body, { query: '?publisher=news' })).status).toBe(202);
    expect((await post(body, { query: '?publisher=shop' })).status).toBe(404);
  });
});

describe('bodies', () => {
  test.each([
    ['no JSON', '{"events":[', 400, 'invalid_json'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'invalid_utf8'],
    ['no object', '[]', 422, 'missing_field'],
    ['no events', '{}', 422, 'missing_field'],
    ['events that is no list', '{"events":{}}', 422, 'missing_field'],
    [
      '1,001 events',
      JSON.stringify({ events: Array.from({ length: 1001 }, () => ({ identity: MAID, type: 'v' })) }),
      422,
      'too_many',
    ],
  ])('%s', async (_, body, status, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ status, code });
    expect(records()).toEqual([]);
  });

  test('1,000 events are one append', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({ identity: `customer:a:${i + 1}`, type: 'v' }));
    expect(JSON.parse((await post({ events })).text)).toMatchObject({ accepted: 1000 });
    expect(collector.log.appends).toHaveLength(1);
  });

  test('none is fine', async () => {
    expect(JSON.parse((await post({ events: [] })).text)).toEqual({ accepted: 0, rejected: [] });
  });

  test('40 MB are refused with 413, sent or only announced, and the connection lives', async () => {
    const big = Buffer.alloc(40 * 1024 * 1024, 0x20);
    expect((await post(big)).status).toBe(413);
    expect((await post(big, { headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    expect((await one({ identity: MAID, type: 'view' })).status).toBe(202);
  });

  test('gzip is inflated, a bomb is 413, a broken one 400', async () => {
    const gzip = { headers: { 'content-encoding': 'gzip' } };
    const body = Buffer.from(JSON.stringify({ events: [{ identity: MAID, type: 'view' }] }));
    expect((await post(gzipSync(body), gzip)).status).toBe(202);
    expect((await post(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20)), gzip)).status).toBe(413);
    expect((await post(gzipSync(body).subarray(0, 40), gzip)).status).toBe(400);
    expect((await post(body, gzip)).status).toBe(400);
    expect((await post(body, { headers: { 'content-encoding': 'br' } })).status).toBe(415);
  });
});

test('a log that fails accepts nothing, and says so', async () => {
  collector.log.failing = true;
  const answer = await one({ identity: MAID, type: 'view' });
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'not_durable' });
});
