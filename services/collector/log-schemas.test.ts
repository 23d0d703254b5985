import type { LogRecord, PrivacyRecord } from '../shared/domain/records';
import { expectValidRecord, loadLogSchemas } from './testing/log-schemas';

const COOKIE = 'cookie:3q2-7wABAgMEBQYHCAkKCw';
const AT = 1_780_000_000_000;

/** One full record of each type; the compiler holds them to the types, the test to the schemas. */
type RecordOf<T> = T extends PrivacyRecord['type'] ? PrivacyRecord : Extract<LogRecord, { type: T }>;
const FULL: { [T in LogRecord['type']]: Required<RecordOf<T>> } = {
  event: {
    v: 1,
    type: 'event',
    id: 'e1',
    source: 'pixel',
    publisher: 'news',
    identities: [COOKIE],
    event: 'purchase',
    at: AT,
    receivedAt: AT,
    url: 'https://news.example/a',
    ref: 'https://search.example/',
    category: 'cars',
    keywords: ['fast', 'red'],
    sku: 'x-1',
    value: '19.9',
    currency: 'EUR',
    items: [{ sku: 'x-1' }],
    properties: { colour: 'red' },
    consent: 31,
  },
  trait: {
    v: 1,
    type: 'trait',
    importId: 'imp_1',
    line: 1,
    provider: 'acme',
    identity: COOKIE,
    trait: 'age/25-34',
    op: 'set',
    at: AT,
    receivedAt: AT,
    ttlMs: 86_400_000,
    number: '-1.5',
    text: 'x',
    consent: 30,
  },
  sync: {
    v: 1,
    type: 'sync',
    partner: 'dsp',
    identity: COOKIE,
    partnerUid: 'abc',
    matchMethod: 2,
    at: AT,
    receivedAt: AT,
    consent: 30,
  },
  optout: { v: 1, type: 'optout', identities: [COOKIE], at: AT, receivedAt: AT },
  optin: { v: 1, type: 'optin', identities: [COOKIE], at: AT, receivedAt: AT },
  link: {
    v: 1,
    type: 'link',
    kind: 'partner',
    a: { iid: 2, identity: 'partner:dsp:abc' },
    b: { iid: 1, identity: COOKIE },
    partner: 'dsp',
    at: AT,
  },
  change: {
    v: 1,
    type: 'change',
    iids: [1],
    events: ['*'],
    traits: ['acme/x'],
    people: true,
    receivedAt: AT,
  },
  bid: {
    v: 1,
    type: 'bid',
    bidId: 'b',
    requestId: 'r',
    impId: 'i',
    exchange: 'x',
    at: AT,
    uid: 1,
    iid: null,
    advertiserId: 'a',
    lineItemId: 'l',
    creativeId: 'c',
    dealId: 'd',
    audienceIds: ['aud'],
    priceMicros: 2_500_000,
    currency: 'USD',
    site: 'news.example',
    country: 'DEU',
    test: false,
  },
  request: {
    v: 1,
    type: 'request',
    requestId: 'r',
    exchange: 'x',
    at: AT,
    uid: null,
    reason: 'no_match',
    imps: 1,
    site: 's',
    country: 'USA',
    sampleRate: 0.01,
    data: [{ id: 'd' }],
  },
  notice: {
    v: 1,
    type: 'notice',
    kind: 'win',
    bidId: 'b',
    requestId: 'r',
    exchange: 'x',
    lineItemId: 'l',
    creativeId: 'c',
    advertiserId: 'a',
    at: AT,
    receivedAt: AT,
    uid: 1,
    priceMicros: 1,
    currency: 'USD',
    billed: true,
    lossReason: 2,
    test: false,
  },
  'dead-letter': {
    v: 1,
    type: 'dead-letter',
    source: 'events',
    position: 'events/0/7',
    key: 'cookie:abc',
    at: AT,
    reason: 'invalid_json',
    detail: '',
    record: '{',
    cut: true,
  },
};

test('there is a schema for every type of record, and none besides', () => {
  expect([...loadLogSchemas().keys()].sort()).toEqual(Object.keys(FULL).sort());
});

test.each(Object.entries(FULL))('a full record of type %s is as its schema says', (_, record) => {
  expect(() => expectValidRecord(record)).not.toThrow();
});

test.each([
  ['a field that is not described', { ...FULL.event, extra: 1 }],
  ['another version', { ...FULL.sync, v: 2 }],
  ['a value that is no decimal', { ...FULL.event, value: '1e3' }],
  ['nobody', { ...FULL.event, identities: [] }],
  ['an identity without a kind', { ...FULL.trait, identity: 'x' }],
  ['a missing time', { ...FULL.optout, at: undefined }],
])('%s is refused', (_, record) => {
  expect(() => expectValidRecord(record)).toThrow();
});
