import fc from 'fast-check';
import { faults, startApiUnderTest, type ApiUnderTest } from './testing/api-under-test';

const banner = (more: Record<string, unknown> = {}) => ({
  advertiserId: 'acme',
  type: 'banner',
  w: 300,
  h: 250,
  adm: '<a href="${MUSTER_CLICK}"><img src="https://cdn.example/a.png"></a>',
  clickUrl: 'https://acme.example/',
  ...more,
});
const lineItem = (more: Record<string, unknown> = {}) => ({
  advertiserId: 'acme',
  name: 'Shoes',
  status: 'active',
  bidCpm: '2.5',
  currency: 'usd',
  ...more,
});

describe('resources of the API', () => {
  let api: ApiUnderTest;
  let acme: string;
  let other: string;

  beforeAll(async () => {
    api = await startApiUnderTest();
    for (const id of ['acme', 'other']) {
      await api.expect(201, 'POST', '/v1/advertisers', {
        body: { id, name: id, domain: `www.${id}.example`, categories: ['IAB1'] },
      });
    }
    acme = await api.key('advertiser:acme');
    other = await api.key('advertiser:other');
  }, 240_000);
  afterAll(() => api.close());

  test('create, read, replace under If-Match, archive', async () => {
    const created = await api.expect(201, 'POST', '/v1/publishers', {
      body: { id: 'daily', name: 'Daily', domains: ['WWW.Daily.Example', 'daily.example', 'bücher.example'] },
    });
    expect(created.headers.get('location')).toBe('/v1/publishers/daily');
    expect(created.body).toMatchObject({
      id: 'daily',
      name: 'Daily',
      domains: ['daily.example', 'xn--bcher-kva.example'],
    });
    const read = await api.expect(200, 'GET', '/v1/publishers/daily');
    expect(read.body).toEqual(created.body);
    const etag = read.headers.get('etag') ?? '';

    // What was read may be sent back, changed.
    const body = { ...read.body, name: 'Daily News' };
    await api.expect(428, 'PUT', '/v1/publishers/daily', { body });
    await api.expect(412, 'PUT', '/v1/publishers/daily', { body, headers: { 'if-match': '"77"' } });
    const replaced = await api.expect(200, 'PUT', '/v1/publishers/daily', {
      body,
      headers: { 'if-match': etag },
    });
    expect(replaced.body.name).toBe('Daily News');
    expect(replaced.headers.get('etag')).not.toBe(etag);
    await api.expect(412, 'PUT', '/v1/publishers/daily', { body, headers: { 'if-match': etag } });
    expect(
      faults(
        await api.expect(422, 'PUT', '/v1/publishers/daily', {
          body: { id: 'x', name: 'y' },
          headers: { 'if-match': '*' },
        }),
      ),
    ).toEqual([['id', 'immutable']]);

    await api.expect(412, 'DELETE', '/v1/publishers/daily', { headers: { 'if-match': etag } });
    await api.expect(204, 'DELETE', '/v1/publishers/daily');
    await api.expect(404, 'GET', '/v1/publishers/daily');
    await api.expect(404, 'DELETE', '/v1/publishers/daily');
    // An id stands for one thing for ever.
    await api.expect(409, 'POST', '/v1/publishers', { body: { id: 'daily', name: 'Another' } });
  });

  test('what is listed is what was created, page by page, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            name: fc
              .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
              .filter((name) => name.trim() !== '' && !name.includes('\0')),
            uidMacro: fc.constantFrom('$UID', '[UID]', '%USER_ID%'),
            redirectHosts: fc.uniqueArray(fc.constantFrom('a.example', 'b.example:8443', 'localhost'), {
              maxLength: 3,
            }),
          }),
          { minLength: 1, maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 4 }),
        async (partners, limit) => {
          const created: unknown[] = [];
          for (const body of partners) {
            created.push((await api.expect(201, 'POST', '/v1/partners', { body })).body);
          }
          const listed: unknown[] = [];
          let cursor = '';
          for (;;) {
            const page = await api.expect(200, 'GET', `/v1/partners?limit=${limit}${cursor}`);
            const items = page.body.items as unknown[];
            expect(items.length).toBeLessThanOrEqual(limit);
            listed.push(...items);
            if (page.body.nextCursor === null) break;
            cursor = `&cursor=${page.body.nextCursor as string}`;
          }
          expect(listed).toEqual(created);
          for (const { id } of created as { id: string }[])
            await api.expect(204, 'DELETE', `/v1/partners/${id}`);
        },
      ),
      { numRuns: 8 },
    );
  });

  test.each([
    ['/v1/partners', { name: 'P', syncUrl: 'https://p.example/sync' }, 'syncUrl', 'invalid_value'],
    ['/v1/partners', { name: 'P', syncUrl: 'javascript:alert(1)//$UID' }, 'syncUrl', 'invalid_value'],
    [
      '/v1/partners',
      { name: 'P', redirectHosts: ['https://p.example/'] },
      'redirectHosts[0]',
      'invalid_value',
    ],
    ['/v1/publishers', { name: ' ' }, 'name', 'invalid_value'],
    ['/v1/publishers', { name: '' }, 'name', 'empty'],
    ['/v1/publishers', { id: 'Upper', name: 'x' }, 'id', 'invalid_value'],
    ['/v1/publishers', { name: 'x', domains: ['no domain'] }, 'domains[0]', 'invalid_value'],
    ['/v1/publishers', { name: 'x', domains: 'a.example' }, 'domains', 'invalid_type'],
    ['/v1/providers', { name: 'x', tcfVendorId: 0 }, 'tcfVendorId', 'invalid_value'],
    ['/v1/providers', { name: 'x', rate: { cpm: '0', currency: 'USD' } }, 'rate.cpm', 'invalid_value'],
    ['/v1/providers', { name: 'x', rate: { cpm: '1', currency: 'XXZ' } }, 'rate.currency', 'invalid_value'],
    [
      '/v1/advertisers',
      { name: 'x', domain: 'x.example', categories: ['IAB99'] },
      'categories[0]',
      'invalid_value',
    ],
    ['/v1/advertisers', { name: 'x' }, 'domain', 'missing_field'],
    ['/v1/exchanges', { name: 'x', matching: { partner: 'nobody' } }, 'matching.partner', 'unknown_partner'],
    ['/v1/exchanges', { name: 'x', allowCidrs: ['10.0.0.0/99'] }, 'allowCidrs[0]', 'invalid_value'],
    ['/v1/exchanges', { name: 'x', billing: 'never' }, 'billing', 'invalid_value'],
    ['/v1/exchanges', { name: 'x', maxQps: 0 }, 'maxQps', 'invalid_value'],
    ['/v1/creatives', banner({ type: 'video' }), 'type', 'unsupported'],
    ['/v1/creatives', banner({ duration: 15 }), 'duration', 'unsupported'],
    ['/v1/creatives', banner({ clickUrl: undefined }), 'clickUrl', 'missing_field'],
    ['/v1/creatives', banner({ clickUrl: 'https://me:pw@acme.example/' }), 'clickUrl', 'invalid_value'],
    ['/v1/creatives', banner({ adm: '' }), 'adm', 'empty'],
    ['/v1/creatives', banner({ w: 0 }), 'w', 'invalid_value'],
    ['/v1/creatives', banner({ h: undefined }), 'h', 'missing_field'],
    ['/v1/creatives', banner({ advertiserId: undefined }), 'advertiserId', 'missing_field'],
    ['/v1/creatives', banner({ advertiserId: 'nobody' }), 'advertiserId', 'unknown_advertiser'],
    ['/v1/line-items', lineItem({ bidCpm: 2.5 }), 'bidCpm', 'invalid_type'],
    ['/v1/line-items', lineItem({ bidCpm: '0.00' }), 'bidCpm', 'invalid_value'],
    ['/v1/line-items', lineItem({ bidCpm: '-1' }), 'bidCpm', 'invalid_value'],
    ['/v1/line-items', lineItem({ bidCpm: '1.1234567' }), 'bidCpm', 'invalid_value'],
    ['/v1/line-items', lineItem({ currency: 'US' }), 'currency', 'invalid_value'],
    ['/v1/line-items', lineItem({ pacing: 'even' }), 'pacing', 'unsupported'],
    [
      '/v1/line-items',
      lineItem({ frequencyCap: { impressions: 3, per: '24h' } }),
      'frequencyCap',
      'unsupported',
    ],
    ['/v1/line-items', lineItem({ geo: { countries: ['DE'] } }), 'geo.countries[0]', 'invalid_value'],
    ['/v1/line-items', lineItem({ devices: { types: [99] } }), 'devices.types[0]', 'invalid_value'],
    [
      '/v1/line-items',
      lineItem({ audiences: { anyOf: ['none'] } }),
      'audiences.anyOf[0]',
      'unknown_audience',
    ],
    ['/v1/line-items', lineItem({ exchanges: ['none'] }), 'exchanges[0]', 'unknown_exchange'],
    ['/v1/line-items', lineItem({ creatives: ['none'] }), 'creatives[0]', 'unknown_creative'],
    ['/v1/line-items', lineItem({ audiences: { some: [] } }), 'audiences.some', 'unknown_field'],
    [
      '/v1/line-items',
      lineItem({ flight: { start: '2026-02-30T00:00:00Z' } }),
      'flight.start',
      'invalid_value',
    ],
    [
      '/v1/line-items',
      lineItem({ flight: { start: '2026-03-01T00:00:00Z', end: '2026-03-01T01:00:00+01:00' } }),
      'flight.end',
      'invalid_value',
    ],
    ['/v1/line-items', lineItem({ budget: { daily: '0' } }), 'budget.daily', 'invalid_value'],
    ['/v1/keys', { role: 'root' }, 'role', 'invalid_value'],
    ['/v1/keys', { role: 'advertiser' }, 'role', 'invalid_value'],
    ['/v1/keys', { role: 'provider:nobody' }, 'role', 'unknown_provider'],
  ])('POST %s %j is 422 at %s', async (path, body, at, code) => {
    expect(faults(await api.expect(422, 'POST', path, { body }))).toContainEqual([at, code]);
  });

  test('a line item comes back in its normal form', async () => {
    const creative = (await api.expect(201, 'POST', '/v1/creatives', { body: banner() })).body;
    const { body } = await api.expect(201, 'POST', '/v1/line-items', {
      body: lineItem({
        geo: { countries: ['deu', 'FRA'] },
        sites: {
          include: ['www.News.example', 'Bücher.example'],
          exclude: ['284882215', 'com.Games.my_App', '6443755785'],
        },
        budget: { total: '100' },
        flight: { start: '2020-01-01T00:00:00Z' },
        creatives: [creative.id, creative.id],
      }),
    });
    expect(body).toMatchObject({
      advertiserId: 'acme',
      status: 'active',
      bidCpm: '2.50',
      currency: 'USD',
      audiences: { anyOf: [], allOf: [], noneOf: [] },
      geo: { countries: ['DEU', 'FRA'], regions: [], cities: [] },
      sites: {
        include: ['news.example', 'xn--bcher-kva.example'],
        exclude: ['284882215', 'com.games.my_app', '6443755785'],
      },
      flight: { start: '2020-01-01T00:00:00Z' },
      budget: { total: '100.00' },
      pacing: 'asap',
      creatives: [creative.id],
    });
    const id = body.id as string;
    const again = await api.expect(200, 'PUT', `/v1/line-items/${id}`, {
      body,
      headers: { 'if-match': '"1"' },
    });
    expect({ ...again.body, updatedAt: 0 }).toEqual({ ...body, updatedAt: 0 });

    const used = await api.expect(409, 'DELETE', `/v1/creatives/${creative.id as string}`);
    expect(used.body.detail).toContain(id);
    await api.expect(409, 'DELETE', '/v1/advertisers/acme');
    await api.expect(204, 'DELETE', `/v1/line-items/${id}`);
    await api.expect(204, 'DELETE', `/v1/creatives/${creative.id as string}`);
  });

  test("one tenant never sees another's things, and cannot refer to them", async () => {
    const made = await api.expect(201, 'POST', '/v1/creatives', {
      key: acme,
      body: banner({ advertiserId: undefined }),
    });
    expect(made.body.advertiserId).toBe('acme');
    const path = `/v1/creatives/${made.body.id as string}`;
    await api.expect(200, 'GET', path, { key: acme });
    await api.expect(404, 'GET', path, { key: other });
    await api.expect(404, 'PUT', path, { key: other, body: banner(), headers: { 'if-match': '*' } });
    await api.expect(404, 'DELETE', path, { key: other });
    expect((await api.expect(200, 'GET', '/v1/creatives', { key: other })).body.items).toEqual([]);
    expect(faults(await api.expect(422, 'POST', '/v1/creatives', { key: other, body: banner() }))).toEqual([
      ['advertiserId', 'unknown_advertiser'],
    ]);
    const stolen = lineItem({ advertiserId: 'other', creatives: [made.body.id] });
    for (const key of [other, undefined]) {
      expect(faults(await api.expect(422, 'POST', '/v1/line-items', { key, body: stolen }))).toEqual([
        ['creatives[0]', 'unknown_creative'],
      ]);
    }
    await api.expect(200, 'GET', '/v1/advertisers/acme', { key: acme });
    await api.expect(404, 'GET', '/v1/advertisers/other', { key: acme });
    const own = await api.expect(200, 'GET', '/v1/advertisers', { key: acme });
    expect((own.body.items as { id: string }[]).map(({ id }) => id)).toEqual(['acme']);
    await api.expect(204, 'DELETE', path, { key: acme });
  });

  test('roles: what is for administrators is 403 for others', async () => {
    const analyst = await api.key('analyst');
    for (const key of [acme, analyst]) {
      await api.expect(403, 'POST', '/v1/keys', { key, body: { role: 'admin' } });
      await api.expect(403, 'GET', '/v1/partners', { key });
      await api.expect(403, 'POST', '/v1/advertisers', { key, body: { name: 'x', domain: 'x.example' } });
      await api.expect(403, 'GET', '/v1/profiles/maid:6d92078a-8246-4ba4-ae5b-76104861e7dc', { key });
      await api.expect(403, 'PUT', '/v1/fx-rates', { key, body: { base: 'USD', rates: {} } });
    }
    await api.expect(403, 'GET', '/v1/line-items', { key: analyst });
  });

  test('keys: shown once, listed without, and gone when revoked', async () => {
    const made = await api.expect(201, 'POST', '/v1/keys', {
      body: { role: 'advertiser:acme', name: 'desk' },
    });
    const key = made.body.key as string;
    expect(key.length).toBeGreaterThan(40);
    await api.expect(200, 'GET', '/v1/line-items', { key });
    const { body: list } = await api.expect(200, 'GET', '/v1/keys?limit=200');
    expect(list.items).toContainEqual({
      ...{ id: made.body.id, role: 'advertiser:acme', name: 'desk', createdAt: made.body.createdAt },
    });
    expect(JSON.stringify(list)).not.toContain(key);
    await api.expect(200, 'GET', `/v1/keys/${made.body.id as string}`);
    await api.expect(204, 'DELETE', `/v1/keys/${made.body.id as string}`);
    await api.expect(404, 'DELETE', `/v1/keys/${made.body.id as string}`);
    await api.expect(401, 'GET', '/v1/line-items', { key });
  });

  test('a key of an exchange is kept as a hash, survives a replacement without it, and goes with null', async () => {
    const partner = await api.expect(201, 'POST', '/v1/partners', { body: { id: 'xp', name: 'XP' } });
    const { body } = await api.expect(201, 'POST', '/v1/exchanges', {
      body: {
        id: 'x1',
        name: 'X',
        key: 'sixteen-or-more-x',
        matching: { partner: 'xp' },
        allowCidrs: ['10.0.0.1'],
        maxQps: 5,
      },
    });
    expect(body).toMatchObject({ hasKey: true, billing: 'burl', allowCidrs: ['10.0.0.1/32'] });
    expect(JSON.stringify(body)).not.toContain('sixteen');
    const used = await api.expect(409, 'DELETE', `/v1/partners/${partner.body.id as string}`);
    expect(used.body.detail).toContain('exchange x1');
    const kept = await api.expect(200, 'PUT', '/v1/exchanges/x1', { body, headers: { 'if-match': '"1"' } });
    expect(kept.body.hasKey).toBe(true);
    const open = { ...body, key: null };
    const without = await api.expect(200, 'PUT', '/v1/exchanges/x1', {
      body: open,
      headers: { 'if-match': '"2"' },
    });
    expect(without.body.hasKey).toBe(false);
  });

  test('fx rates: one set, replaced whole', async () => {
    await api.expect(404, 'GET', '/v1/fx-rates');
    const put = await api.expect(200, 'PUT', '/v1/fx-rates', {
      body: { base: 'USD', rates: { EUR: 0.9, JPY: '150.25' } },
    });
    expect(put.body).toMatchObject({ base: 'USD', rates: { EUR: 0.9, JPY: 150.25 } });
    const again = await api.expect(200, 'PUT', '/v1/fx-rates', {
      body: { ...put.body, rates: { EUR: 0.91 } },
    });
    expect((await api.expect(200, 'GET', '/v1/fx-rates')).body).toEqual(again.body);
    const stale = { headers: { 'if-match': put.headers.get('etag') ?? '' }, body: put.body };
    await api.expect(412, 'PUT', '/v1/fx-rates', stale);
    for (const rates of [{ EUR: 0 }, { EUR: '-1' }, { XXZ: 1 }, { USD: 2 }]) {
      await api.expect(422, 'PUT', '/v1/fx-rates', { body: { base: 'USD', rates } });
    }
  });

  describe('Idempotency-Key', () => {
    const headers = { 'idempotency-key': 'order-1' };

    test('gives the first answer again, a new key included, and makes nothing twice', async () => {
      const body = { role: 'analyst', name: 'twice' };
      const first = await api.expect(201, 'POST', '/v1/keys', { body, headers });
      const second = await api.expect(201, 'POST', '/v1/keys', { body, headers });
      expect(second.body).toEqual(first.body);
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      const { body: list } = await api.expect(200, 'GET', '/v1/keys?limit=200');
      expect((list.items as { name?: string }[]).filter(({ name }) => name === 'twice')).toHaveLength(1);
    });

    test('is refused with another body, and is another key for another caller and path', async () => {
      await api.expect(422, 'POST', '/v1/keys', { body: { role: 'admin' }, headers });
      await api.expect(201, 'POST', '/v1/publishers', { body: { name: 'Same key' }, headers });
      await api.expect(201, 'POST', '/v1/creatives', { key: acme, body: banner(), headers });
      await api.expect(201, 'POST', '/v1/creatives', {
        key: other,
        body: banner({ advertiserId: 'other' }),
        headers,
      });
      await api.expect(422, 'POST', '/v1/keys', {
        body: { role: 'admin' },
        headers: { 'idempotency-key': 'é'.repeat(2) },
      });
    });

    test('is forgotten after a day', async () => {
      const forgetful = { 'idempotency-key': 'day' };
      const body = { name: 'Day' };
      const first = await api.expect(201, 'POST', '/v1/publishers', { body, headers: forgetful });
      api.clock.ms = Date.now() + 25 * 3600 * 1000;
      const later = await api.expect(201, 'POST', '/v1/publishers', { body, headers: forgetful });
      api.clock.ms = undefined;
      expect(later.body.id).not.toBe(first.body.id);
    });

    test('of two at once one works and the other is told so', async () => {
      const together = { body: { name: 'Together' }, headers: { 'idempotency-key': 'together' } };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => api.call('POST', '/v1/publishers', together)),
      );
      const made = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
      expect(made.size).toBe(1);
      expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    });
  });

  test('of many changes at once none is lost', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        api.call('POST', '/v1/publishers', { body: { id: `many-${n}`, name: 'Many' } }),
      ),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const etags = await Promise.all(
      Array.from({ length: 8 }, () =>
        api.call('PUT', '/v1/publishers/many-0', { body: { name: 'Won' }, headers: { 'if-match': '"1"' } }),
      ),
    );
    expect(etags.filter(({ status }) => status === 200)).toHaveLength(1);
    const { edge } = { edge: await api.document('edge') };
    expect(edge.publishers.filter(({ id }) => id.startsWith('many-'))).toHaveLength(30);
  });
});
