import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { DOCUMENTS } from '../../shared/domain/snapshot';
import { sha256Hex } from '../../shared/domain/sha256';
import { MemoryDocuments } from '../../shared/stores/lookups/testing/memory-documents';
import { eventually } from '../../shared/testing/eventually';
import { ADMIN, startApiUnderTest, type ApiUnderTest } from '../testing/api-under-test';
import { CatalogPublisher } from './catalog-publisher';

const NAMES = [DOCUMENTS.edge, DOCUMENTS.bidding, DOCUMENTS.rules];

/** Everything that the documents can say, made over HTTP. */
async function configure(api: ApiUnderTest): Promise<void> {
  const post = (path: string, body: unknown) => api.expect(201, 'POST', path, { body });
  await post('/v1/partners', {
    id: 'sspa',
    name: 'SSP A',
    syncUrl: 'https://a.example/s?id=$UID',
    redirectHosts: ['a.example'],
  });
  await post('/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
  await post('/v1/providers', { id: 'dataco', name: 'DataCo', tcfVendorId: 7 });
  await post('/v1/providers/dataco/traits', { code: 'age/25-34', name: '25 to 34', ttl: '90d' });
  await post('/v1/advertisers', { id: 'acme', name: 'Acme', domain: 'acme.example', categories: ['IAB1'] });
  await post('/v1/audiences', { id: 'young', name: 'Young', rule: { trait: 'dataco/age/25-34' } });
  await post('/v1/exchanges', {
    id: 'bigx',
    name: 'Big X',
    matching: { partner: 'sspa' },
    currencies: ['EUR'],
    seat: 's1',
    key: 'key-of-big-x',
    maxQps: 100,
  });
  await post('/v1/creatives', {
    ...{ id: 'cr1', advertiserId: 'acme', type: 'banner', w: 300, h: 250, clickUrl: 'http://acme.example/' },
    adm: '<a href="${MUSTER_CLICK}"><img src="https://cdn.example/a.png"></a>',
  });
  await post('/v1/creatives', {
    ...{
      id: 'cr2',
      advertiserId: 'acme',
      type: 'banner',
      w: 728,
      h: 90,
      adomain: ['shop.example'],
      cat: ['IAB2'],
    },
    adm: '<img src="http://cdn.example/a.png">',
  });
  await post('/v1/line-items', {
    ...{ id: 'li1', advertiserId: 'acme', name: 'Shoes', bidCpm: '2.50', currency: 'EUR' },
    audiences: { anyOf: ['young'] },
    geo: { countries: ['DEU'] },
    flight: { start: '2026-03-01T00:00:00Z', end: '2026-04-01T00:00:00Z' },
    budget: { daily: '10', total: '100.5' },
    exchanges: ['bigx'],
    creatives: ['cr1', 'cr2'],
  });
  await post('/v1/line-items', {
    advertiserId: 'acme',
    name: 'Off',
    bidCpm: '1',
    currency: 'EUR',
    status: 'paused',
  });
  await api.expect(200, 'PUT', '/v1/fx-rates', { body: { base: 'EUR', rates: { USD: '1.08' } } });
}

describe('compiled catalog', () => {
  const dir = mkdtempSync(join(tmpdir(), 'muster-snapshot-'));
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApiUnderTest({ dir });
  }, 240_000);
  afterAll(async () => {
    await api.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('an empty catalog is published too, with the administrator in it', async () => {
    const admin = { id: 'admin', hash: sha256Hex(ADMIN), role: { kind: 'admin' } };
    expect(await api.document('edge')).toEqual({
      keys: [admin],
      partners: [],
      publishers: [],
      providers: [],
    });
    expect(await api.document('bidding')).toEqual({
      ...{
        adminKeyHashes: [admin.hash],
        exchanges: [],
        advertisers: [],
        lineItems: [],
        pausedLineItems: [],
        creatives: [],
        providerVendors: {},
        fx: null,
      },
    });
    expect(await api.document('rules')).toEqual({ audiences: [] });
  });

  test('says what was configured', async () => {
    await configure(api);
    const key = await api.key('publisher:daily');
    const admin = { id: 'admin', hash: sha256Hex(ADMIN), role: { kind: 'admin' } };
    expect(await api.document('edge')).toEqual({
      keys: [
        admin,
        { id: expect.any(String) as string, hash: sha256Hex(key), role: { kind: 'publisher', id: 'daily' } },
      ],
      partners: [
        {
          id: 'sspa',
          syncUrl: 'https://a.example/s?id=$UID',
          uidMacro: '$UID',
          redirectHosts: ['a.example'],
        },
      ],
      publishers: [{ id: 'daily', domains: ['daily.example'] }],
      providers: [{ id: 'dataco', tcfVendorId: 7, traits: { 'age/25-34': { ttlMs: 90 * 86_400_000 } } }],
    });
    expect(await api.document('rules')).toEqual({
      audiences: [{ id: 'young', number: 1, version: 1, name: 'Young', rule: { trait: 'dataco/age/25-34' } }],
    });
    expect(await api.document('bidding')).toEqual({
      adminKeyHashes: [admin.hash],
      exchanges: [
        {
          ...{ id: 'bigx', partner: 'sspa', currencies: ['EUR'], maxQps: 100, seat: 's1', billing: 'burl' },
          ...{ keyHash: sha256Hex('key-of-big-x'), allowCidrs: [] },
        },
      ],
      advertisers: [{ id: 'acme', name: 'Acme', domain: 'acme.example', categories: ['IAB1'], bundles: [] }],
      lineItems: [
        {
          ...{ id: 'li1', advertiserId: 'acme', name: 'Shoes', bidCpmMicros: 2_500_000, currency: 'EUR' },
          audiences: { anyOf: ['young'], allOf: [], noneOf: [] },
          geo: { countries: ['DEU'], regions: [], cities: [] },
          devices: { types: [], os: [] },
          sites: { include: [], exclude: [] },
          deals: [],
          exchanges: ['bigx'],
          flight: { start: Date.UTC(2026, 2, 1), end: Date.UTC(2026, 3, 1) },
          budget: { dailyMicros: 10_000_000, totalMicros: 100_500_000 },
          creatives: ['cr1', 'cr2'],
        },
      ],
      pausedLineItems: [{ id: expect.any(String) as string, name: 'Off' }],
      creatives: [
        {
          ...{
            id: 'cr1',
            advertiserId: 'acme',
            type: 'banner',
            w: 300,
            h: 250,
            clickUrl: 'http://acme.example/',
          },
          adm: '<a href="${MUSTER_CLICK}"><img src="https://cdn.example/a.png"></a>',
          ...{ adomain: ['acme.example'], cat: ['IAB1'], attr: [], mimes: [], api: [], secure: true },
        },
        {
          ...{ id: 'cr2', advertiserId: 'acme', type: 'banner', w: 728, h: 90 },
          adm: '<img src="http://cdn.example/a.png">',
          ...{ adomain: ['shop.example'], cat: ['IAB2'], attr: [], mimes: [], api: [], secure: false },
        },
      ],
      providerVendors: { dataco: 7 },
      fx: { base: 'EUR', rates: { USD: 1.08 } },
    });
  });

  test('what a change does not touch keeps its revision, so that nobody reads it again', async () => {
    const before = await api.lookups.documents.revision(DOCUMENTS.bidding);
    const edge = await api.lookups.documents.revision(DOCUMENTS.edge);
    await api.expect(201, 'POST', '/v1/publishers', { body: { id: 'weekly', name: 'Weekly' } });
    expect(await api.lookups.documents.revision(DOCUMENTS.bidding)).toBe(before);
    expect(await api.lookups.documents.revision(DOCUMENTS.edge)).toBe(await api.catalog.revision());
    expect(await api.lookups.documents.revision(DOCUMENTS.edge)).toBeGreaterThan(edge);
  });

  test('paused, revoked and archived things leave it at once', async () => {
    const { body } = await api.expect(200, 'GET', '/v1/line-items/li1');
    const headers = { 'if-match': '*' };
    await api.expect(200, 'PUT', '/v1/line-items/li1', { body: { ...body, status: 'paused' }, headers });
    const { lineItems, pausedLineItems } = await api.document('bidding');
    expect(lineItems).toEqual([]);
    expect(pausedLineItems?.map(({ name }) => name).sort()).toEqual(['Off', 'Shoes']);
    await api.expect(204, 'DELETE', '/v1/publishers/weekly');
    expect((await api.document('edge')).publishers.map(({ id }) => id)).toEqual(['daily']);
    const [key] = await api.catalog.keys.list();
    await api.expect(204, 'DELETE', `/v1/keys/${key?.id}`);
    expect((await api.document('edge')).keys.map(({ id }) => id)).toEqual(['admin']);
  });

  test('documents that were lost are published again, without any change', async () => {
    const documents = new MemoryDocuments();
    const logger = pino({ level: 'silent' });
    const publisher = new CatalogPublisher({ catalog: api.catalog, documents, adminHash: 'hash', logger });
    await publisher.start();
    const published = NAMES.map((name) => documents.get(name));
    expect(published.every((document) => document !== undefined)).toBe(true);
    documents.lose();
    await eventually(async () => expect(NAMES.map((name) => documents.get(name))).toEqual(published));
    await publisher.close();
  });

  test('a restart with another admin token is published, though nothing else changed', async () => {
    await api.close();
    api = await startApiUnderTest({ dir, adminToken: 'another-token-of-tests' });
    expect((await api.document('bidding')).adminKeyHashes).toEqual([sha256Hex('another-token-of-tests')]);
    expect((await api.document('edge')).publishers.map(({ id }) => id)).toEqual(['daily']);
    await api.expect(401, 'GET', '/v1/keys');
  });

  test('a catalog restored from before is published over what is newer', async () => {
    const ahead = (await api.catalog.revision()) + 1_000;
    await api.lookups.documents.put(DOCUMENTS.edge, ahead, Buffer.from('{"keys":[]}'));
    await api.close();
    api = await startApiUnderTest({ dir });
    expect((await api.document('edge')).publishers.map(({ id }) => id)).toEqual(['daily']);
    expect(await api.lookups.documents.revision(DOCUMENTS.edge)).toBeGreaterThan(ahead);
    await api.expect(201, 'POST', '/v1/publishers', { body: { id: 'after', name: 'After' } });
    expect((await api.document('edge')).publishers.map(({ id }) => id)).toEqual(['daily', 'after']);
  });
});
