import { faults, startApiUnderTest, type ApiUnderTest } from '../testing/api-under-test';

const buyers = { event: 'purchase', within: '30d' };

describe('traits and audiences', () => {
  let api: ApiUnderTest;
  let acme: string;
  let other: string;
  let provider: string;
  const traits = '/v1/providers/dataco/traits';

  beforeAll(async () => {
    api = await startApiUnderTest();
    for (const id of ['acme', 'other']) {
      await api.expect(201, 'POST', '/v1/advertisers', { body: { id, name: id, domain: `${id}.example` } });
    }
    await api.expect(201, 'POST', '/v1/providers', { body: { id: 'dataco', name: 'DataCo' } });
    acme = await api.key('advertiser:acme');
    other = await api.key('advertiser:other');
    provider = await api.key('provider:dataco');
  }, 240_000);
  afterAll(() => api.close());

  describe('traits', () => {
    test('one, a list, or items; all of them or none', async () => {
      const one = await api.expect(201, 'POST', traits, {
        key: provider,
        body: { code: 'age', name: 'Age' },
      });
      expect(one.body).toMatchObject({ code: 'age', name: 'Age', sensitive: false });
      const many = await api.expect(201, 'POST', traits, {
        body: {
          items: [
            { code: 'age/25-34', name: '25 to 34', parent: 'age', ttl: '90d' },
            { code: 'car', name: 'Car' },
            { code: 'car/suv', name: 'SUV', parent: 'car' },
          ],
        },
      });
      expect(many.body.items).toHaveLength(3);
      await api.expect(201, 'POST', traits, { body: [{ code: 'health', name: 'Health', sensitive: true }] });
      await api.expect(409, 'POST', traits, {
        body: [
          { code: 'new', name: 'New' },
          { code: 'age', name: 'Again' },
        ],
      });
      const { body } = await api.expect(200, 'GET', traits);
      expect((body.items as { code: string }[]).map(({ code }) => code)).toEqual([
        ...['age', 'age/25-34', 'car', 'car/suv', 'health'],
      ]);
      const { providers } = await api.document('edge');
      expect(providers).toEqual([
        {
          id: 'dataco',
          traits: { age: {}, 'age/25-34': { ttlMs: 90 * 86_400_000 }, car: {}, 'car/suv': {}, health: {} },
        },
      ]);
    });

    test.each([
      [{ code: 'a/*', name: 'x' }, 'code', 'invalid_value'],
      [{ code: '/a', name: 'x' }, 'code', 'invalid_value'],
      [{ code: '..', name: 'x' }, 'code', 'invalid_value'],
      [{ code: 'b', name: 'x', ttl: '401d' }, 'ttl', 'invalid_value'],
      [{ code: 'b/c', name: 'x', parent: 'b' }, 'parent', 'unknown_trait'],
      [{ code: 'b', name: 'x', parent: 'age' }, 'parent', 'unsupported'],
      [
        {
          items: [
            { code: 'b', name: 'x' },
            { code: 'b', name: 'y' },
          ],
        },
        'items[1].code',
        'repeated',
      ],
      [{ items: [{ code: 'b' }] }, 'items[0].name', 'missing_field'],
      [[{ code: 'b', name: 'x', nonsense: 1 }], '[0].nonsense', 'unknown_field'],
      [{ items: [] }, 'items', 'empty'],
    ])('%j is refused', async (body, path, code) => {
      expect(faults(await api.expect(422, 'POST', traits, { body }))).toContainEqual([path, code]);
    });

    test('are read, replaced and archived by their code, slashes and all', async () => {
      for (const path of [`${traits}/age/25-34`, `${traits}/age%2F25-34`]) {
        expect((await api.expect(200, 'GET', path)).body.code).toBe('age/25-34');
      }
      const path = `${traits}/car/suv`;
      const body = { name: 'Sport utility', ttl: '1d' };
      await api.expect(428, 'PUT', path, { body });
      await api.expect(422, 'PUT', path, { body: { ...body, code: 'car' }, headers: { 'if-match': '"1"' } });
      const put = await api.expect(200, 'PUT', path, { key: provider, body, headers: { 'if-match': '"1"' } });
      expect(put.body).toMatchObject({ code: 'car/suv', name: 'Sport utility', ttl: '1d' });
      expect((await api.expect(409, 'DELETE', `${traits}/age`)).body.detail).toContain('dataco/age/25-34');
      await api.expect(204, 'DELETE', path, { key: provider });
      await api.expect(404, 'GET', path);
    });

    test('belong to their provider', async () => {
      await api.expect(201, 'POST', '/v1/providers', { body: { id: 'rival', name: 'Rival' } });
      const rival = await api.key('provider:rival');
      await api.expect(404, 'GET', traits, { key: rival });
      await api.expect(404, 'POST', traits, { key: rival, body: { code: 'x', name: 'x' } });
      await api.expect(403, 'POST', traits, { key: acme, body: { code: 'x', name: 'x' } });
      await api.expect(200, 'GET', traits, { key: acme });
      await api.expect(404, 'GET', '/v1/imports/imp_none', { key: provider });
    });
  });

  describe('audiences', () => {
    test('are born building, with a version, in the rules document at once', async () => {
      const { body } = await api.expect(201, 'POST', '/v1/audiences', {
        key: acme,
        body: { id: 'buyers', name: 'Buyers', rule: buyers },
      });
      expect(body).toMatchObject({
        ...{ id: 'buyers', name: 'Buyers', rule: buyers, advertiserId: 'acme' },
        ...{ version: 1, status: 'building', size: 0, materializedAt: null, watermark: null },
      });
      const { audiences } = await api.document('rules');
      expect(audiences).toEqual([
        { id: 'buyers', number: expect.any(Number) as number, version: 1, name: 'Buyers', rule: buyers },
      ]);
    });

    test("show the builder's word", async () => {
      const [state] = await api.catalog.audienceStates.list(['buyers']);
      if (state === undefined) throw new Error('no state');
      const at = Date.parse('2026-03-01T00:00:00Z');
      await api.catalog.audienceStates.put([
        { ...state, status: 'ready', size: 42, materializedAt: at, watermark: at },
      ]);
      const { body } = await api.expect(200, 'GET', '/v1/audiences/buyers', { key: acme });
      expect(body).toMatchObject({ status: 'ready', size: 42, materializedAt: '2026-03-01T00:00:00.000Z' });
    });

    test('get a new version and number with a new meaning, not with a new name', async () => {
      const before = (await api.document('rules')).audiences.find(({ id }) => id === 'buyers');
      const { body, headers } = await api.expect(200, 'GET', '/v1/audiences/buyers');
      const etag = { 'if-match': headers.get('etag') ?? '' };
      const renamed = await api.expect(200, 'PUT', '/v1/audiences/buyers', {
        body: { ...body, name: 'Recent buyers', rule: { ...buyers, within: '720h' } },
        headers: etag,
      });
      expect(renamed.body).toMatchObject({ version: 1, status: 'ready', size: 42 });
      const rebuilt = await api.expect(200, 'PUT', '/v1/audiences/buyers', {
        body: { ...renamed.body, rule: { ...buyers, within: '7d' } },
        headers: { 'if-match': renamed.headers.get('etag') ?? '' },
      });
      expect(rebuilt.body).toMatchObject({ version: 2, status: 'building', size: 0 });
      const after = (await api.document('rules')).audiences.find(({ id }) => id === 'buyers');
      expect(after).toMatchObject({ version: 2, name: 'Recent buyers', rule: { within: '7d' } });
      expect(after?.number).toBeGreaterThan(before?.number ?? Infinity);
    });

    test('made of others get a new version with them; circles are refused', async () => {
      await api.expect(201, 'POST', '/v1/audiences', {
        body: { id: 'inner', name: 'Inner', rule: { audience: 'buyers' }, advertiserId: 'acme' },
      });
      await api.expect(201, 'POST', '/v1/audiences', {
        body: { id: 'outer', name: 'Outer', rule: { not: { audience: 'inner' } }, advertiserId: 'acme' },
      });
      const put = (rule: unknown) =>
        api.call('PUT', '/v1/audiences/buyers', {
          key: acme,
          body: { name: 'B', rule },
          headers: { 'if-match': '*' },
        });
      const circle = await put({ any: [buyers, { audience: 'outer' }] });
      expect([circle.status, faults(circle)]).toEqual([422, [['rule.any[1].audience', 'circular_audience']]]);
      const itself = await put({ audience: 'buyers' });
      expect(faults(itself)).toEqual([['rule.audience', 'circular_audience']]);
      expect((await put(buyers)).status).toBe(200);
      const { audiences } = await api.document('rules');
      expect(Object.fromEntries(audiences.map(({ id, version }) => [id, version]))).toEqual({
        ...{ buyers: 3, inner: 2, outer: 2 },
      });
      expect(new Set(audiences.map(({ number }) => number)).size).toBe(3);
      expect((await api.expect(409, 'DELETE', '/v1/audiences/buyers')).body.detail).toContain(
        'audience inner',
      );
    });

    test.each([
      [undefined, 'rule', 'missing_field'],
      [{ all: [] }, 'rule.all', 'empty'],
      [{ all: [buyers, { event: 'x', within: '1y' }] }, 'rule.all[1].within', 'invalid_value'],
      [{ event: 'x', colour: 1 }, 'rule.colour', 'unknown_field'],
      [{ trait: 'dataco/none' }, 'rule.trait', 'unknown_trait'],
      [{ not: { trait: 'nobody/age' } }, 'rule.not.trait', 'unknown_trait'],
      [{ trait: 'dataco/none/*' }, 'rule.trait', 'unknown_trait'],
      [{ any: [{ audience: 'none' }] }, 'rule.any[0].audience', 'unknown_audience'],
      [nested(11), `rule${'.not'.repeat(10)}`, 'too_deep'],
    ])('a rule %j is refused', async (rule, path, code) => {
      const body = { name: 'x', rule };
      expect(faults(await api.expect(422, 'POST', '/v1/audiences', { body }))).toContainEqual([path, code]);
      if (rule !== undefined) {
        const estimate = await api.expect(422, 'POST', '/v1/audiences/estimate', { body: { rule } });
        expect(faults(estimate)).toContainEqual([path, code]);
      }
    });

    test("the house's may be used by all and changed by none; another's are not there", async () => {
      await api.expect(201, 'POST', '/v1/audiences', { body: { id: 'house', name: 'House', rule: buyers } });
      const etag = { 'if-match': '*' };
      await api.expect(200, 'GET', '/v1/audiences/house', { key: acme });
      await api.expect(403, 'PUT', '/v1/audiences/house', {
        key: acme,
        body: { name: 'x', rule: buyers },
        headers: etag,
      });
      await api.expect(403, 'DELETE', '/v1/audiences/house', { key: acme });
      await api.expect(404, 'GET', '/v1/audiences/buyers', { key: other });
      await api.expect(404, 'DELETE', '/v1/audiences/buyers', { key: other });
      const listed = await api.expect(200, 'GET', '/v1/audiences', { key: other });
      expect((listed.body.items as { id: string }[]).map(({ id }) => id)).toEqual(['house']);
      const rule = { any: [{ audience: 'house' }, { audience: 'buyers' }] };
      for (const key of [other, undefined]) {
        const body = { name: 'x', rule, advertiserId: 'other' };
        expect(faults(await api.expect(422, 'POST', '/v1/audiences', { key, body }))).toEqual([
          ['rule.any[1].audience', 'unknown_audience'],
        ]);
      }
      const line = {
        name: 'l',
        bidCpm: '1',
        currency: 'USD',
        audiences: { anyOf: ['house'], noneOf: ['buyers'] },
      };
      expect(faults(await api.expect(422, 'POST', '/v1/line-items', { key: other, body: line }))).toEqual([
        ['audiences.noneOf[0]', 'unknown_audience'],
      ]);
      await api.expect(201, 'POST', '/v1/line-items', { key: acme, body: line });
      // Who may not see the users learns only that there are some.
      expect((await api.expect(409, 'DELETE', '/v1/audiences/house')).body.detail).toMatch(/line item li_/);
      await api.expect(422, 'PUT', '/v1/audiences/buyers', {
        body: { name: 'x', rule: buyers, advertiserId: 'other' },
        headers: etag,
      });
    });

    test('only an administrator puts a sensitive trait into a rule', async () => {
      const body = { name: 'Health', rule: { trait: 'dataco/health' } };
      expect(faults(await api.expect(422, 'POST', '/v1/audiences', { key: acme, body }))).toEqual([
        ['rule.trait', 'sensitive_trait'],
      ]);
      expect(
        faults(
          await api.expect(422, 'POST', '/v1/audiences/estimate', {
            key: acme,
            body: { rule: { trait: 'dataco/*' } },
          }),
        ),
      ).toEqual([['rule.trait', 'sensitive_trait']]);
      await api.expect(201, 'POST', '/v1/audiences', { body: { ...body, advertiserId: 'acme' } });
      const ages = { name: 'Ages', rule: { trait: 'dataco/age/*' } };
      await api.expect(201, 'POST', '/v1/audiences', { key: acme, body: ages });
      const late = { code: 'age/0-12', name: 'Children', sensitive: true };
      expect(faults(await api.expect(422, 'POST', traits, { body: late }))).toEqual([
        ['sensitive', 'in_use'],
      ]);
    });

    test('a provider whose traits are in rules stays', async () => {
      expect((await api.expect(409, 'DELETE', '/v1/providers/dataco')).body.detail).toContain('audience');
      await api.expect(409, 'DELETE', `${traits}/health`);
    });

    test('a rule by an audience of somebody is estimated for whoever sees that audience', async () => {
      const body = { rule: { audience: 'buyers' } };
      const analyst = await api.key('analyst');
      for (const key of [undefined, analyst, acme]) {
        await api.expect(200, 'POST', '/v1/audiences/estimate', { key, body });
      }
      expect(faults(await api.expect(422, 'POST', '/v1/audiences/estimate', { key: other, body }))).toEqual([
        ['rule.audience', 'unknown_audience'],
      ]);
    });

    test('estimate of an empty lake', async () => {
      const { body } = await api.expect(200, 'POST', '/v1/audiences/estimate', {
        key: acme,
        body: { rule: buyers },
      });
      expect(body).toEqual({ size: 0, exact: true, tookMs: expect.any(Number) as number });
    });
  });
});

function nested(levels: number): unknown {
  return levels === 1 ? buyers : { not: nested(levels - 1) };
}
