import { importDocumentName, type ImportDocument } from '../../shared/domain/import';
import { CONSENT } from '../../shared/domain/consent/bits';
import { DAY_MS } from '../../shared/domain/time';
import { FOREVER_S } from '../../shared/stores/lookups/lookups';
import { faults, startApiUnderTest, type ApiUnderTest } from '../testing/api-under-test';

const MAID = 'maid:6d92078a-8246-4ba4-ae5b-76104861e7dc';
const COOKIE = 'cookie:AAECAwQFBgcICQoLDA0ODw';
const LONER = 'maid:11111111-8246-4ba4-ae5b-76104861e7dc';
const RULE = {
  all: [
    { trait: 'dataco/age/*' },
    { not: { event: 'purchase', within: '7d', count: { gte: 2 } } },
    { audience: 'mobile' },
  ],
};

/** A person of two identities (1 and 2) with a trait and two purchases, one of them old; a loner (3). */
async function fill(api: ApiUnderTest, now: number): Promise<void> {
  const { lake, lookups } = api;
  const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  await lake.insert({
    ...{ table: 'identity_rows', columns: ['identity', 'iid', 'kind', 'linked_at', 'source'], token: 't1' },
    rows: [
      [MAID, 1, 'maid', time(now), 'traits'],
      [COOKIE, 2, 'cookie', time(now), 'events'],
      [LONER, 3, 'maid', time(now), 'traits'],
    ],
  });
  await lake.insert({
    ...{ table: 'person_rows', columns: ['iid', 'uid', 'seq'], token: 't2' },
    rows: [[2, 1, 1]],
  });
  const trait = (iid: number, code: string, op: string, at: number, number: string | null) => [
    ...['dataco', code, iid, time(at), op, number, time(at + 30 * DAY_MS), time(at), 'imp_1'],
  ];
  await lake.insert({
    table: 'trait_rows',
    columns: ['provider', 'trait', 'iid', 'at', 'op', 'number', 'expires_at', 'received_at', 'import_id'],
    rows: [
      trait(1, 'age/25-34', 'set', now - DAY_MS, '1.5'),
      trait(1, 'car', 'set', now - 2 * DAY_MS, null),
      trait(2, 'car', 'unset', now - DAY_MS, null),
      trait(3, 'age/25-34', 'set', now - 40 * DAY_MS, null),
    ],
    token: 't3',
  });
  const event = (id: string, at: number, value: string) => [
    ...['purchase', 2, time(at), id, value, 'USD', '{"size":"XL"}'],
  ];
  await lake.insert({
    ...{
      table: 'event_rows',
      columns: ['type', 'iid', 'at', 'event_id', 'value', 'currency', 'properties'],
      token: 't4',
    },
    rows: [event('e1', now - DAY_MS, '10.5'), event('e2', now - 20 * DAY_MS, '1')],
  });
  await lake.insert({
    ...{ table: 'consent_rows', columns: ['iid', 'at', 'consent'], token: 't5' },
    rows: [[2, time(now - DAY_MS), CONSENT.signal | CONSENT.storage | CONSENT.profile]],
  });
  const entry = (iid: number, uid: number) => ({ iid, uid, confirmed: true, optedOut: false });
  await lookups.identities.seed([
    { identity: MAID, entry: entry(1, 1) },
    { identity: COOKIE, entry: entry(2, 1) },
    { identity: LONER, entry: entry(3, 3) },
  ]);
  const members = [
    { iid: 1, identity: MAID },
    { iid: 2, identity: COOKIE },
  ];
  await lookups.people.put({
    records: [{ uid: 1, members, edges: [], choices: [] }],
    removed: [],
    uidOf: [{ iid: 2, uid: 1 }],
  });
}

describe('profiles', () => {
  let api: ApiUnderTest;
  const now = Date.now();
  const path = `/v1/profiles/${encodeURIComponent(COOKIE)}`;

  beforeAll(async () => {
    api = await startApiUnderTest();
    await fill(api, now);
    await api.expect(201, 'POST', '/v1/providers', { body: { id: 'dataco', name: 'DataCo' } });
    await api.expect(201, 'POST', '/v1/providers/dataco/traits', {
      body: [
        { code: 'age/25-34', name: '25 to 34' },
        { code: 'car', name: 'Car' },
      ],
    });
    for (const [id, rule] of [
      ['mobile', { identity: 'maid' }],
      ['calm', RULE],
    ] as const) {
      await api.expect(201, 'POST', '/v1/audiences', { body: { id, name: id, rule } });
    }
  }, 240_000);
  afterAll(() => api.close());

  test('estimate counts people, links applied', async () => {
    const size = async (rule: unknown) =>
      (await api.expect(200, 'POST', '/v1/audiences/estimate', { body: { rule } })).body.size;
    expect(await size({ identity: 'maid' })).toBe(2);
    expect(await size({ identity: 'cookie' })).toBe(1);
    expect(await size(RULE)).toBe(1);
    expect(await size({ trait: 'dataco/car' })).toBe(0);
  });

  test('a person by any identity, with what is held, done, joined and stated', async () => {
    const states = await api.catalog.audienceStates.list();
    await api.catalog.audienceStates.put(
      states.map((state) => ({
        ...state,
        status: 'ready' as const,
        size: 1,
        materializedAt: now,
        watermark: now,
      })),
    );
    const sinceS = Math.floor(now / 1000) - 60;
    const number = (id: string) => states.find((state) => state.id === id)?.number ?? 0;
    await api.lookups.memberships.put([
      {
        ...{ uid: 1, version: 1, consent: 0, evaluatedAt: now },
        memberships: [
          { audience: number('mobile'), sinceS, untilS: FOREVER_S },
          { audience: number('calm'), sinceS, untilS: sinceS + 1 },
          { audience: 99, sinceS, untilS: FOREVER_S },
        ],
      },
    ]);
    for (const identity of [COOKIE, MAID, MAID.toUpperCase().replace('MAID', 'maid')]) {
      const { body } = await api.expect(200, 'GET', `/v1/profiles/${encodeURIComponent(identity)}`);
      expect(body).toEqual({
        uid: 1,
        optedOut: false,
        identities: [MAID, COOKIE],
        traits: [
          {
            ...{ trait: 'dataco/age/25-34', value: '1.5', at: new Date(now - DAY_MS).toISOString() },
            expiresAt: new Date(now + 29 * DAY_MS).toISOString(),
          },
        ],
        events: [
          expect.objectContaining({ id: 'e1', type: 'purchase', value: '10.5', properties: { size: 'XL' } }),
          expect.objectContaining({ id: 'e2' }),
        ],
        audiences: [
          { id: 'mobile', name: 'mobile', since: new Date(sinceS * 1000).toISOString(), until: null },
        ],
        consent: {
          ...{ at: new Date(now - DAY_MS).toISOString(), storage: true, profile: true },
          ...{ personalisation: false, measurement: false },
        },
      });
    }
    const loner = await api.expect(200, 'GET', `/v1/profiles/${encodeURIComponent(LONER)}`);
    expect(loner.body).toMatchObject({ uid: 3, traits: [], events: [], audiences: [], consent: null });
  });

  test('explain: in or out, and for every clause why', async () => {
    const { body } = await api.expect(200, 'GET', `${path}/audiences/calm/explain`);
    expect(body).toMatchObject({
      uid: 1,
      audience: { id: 'calm', version: 1, status: 'ready' },
      in: true,
      reason: 'rule_holds',
      published: null,
      rule: {
        path: 'rule',
        holds: true,
        parts: [
          {
            path: 'rule.all[0]',
            clause: 'trait dataco/age/*',
            holds: true,
            until: new Date(now + 29 * DAY_MS).toISOString(),
            found: { latest: [{ trait: 'dataco/age/25-34', op: 'set', value: '1.5' }] },
          },
          {
            path: 'rule.all[1]',
            holds: true,
            parts: [{ path: 'rule.all[1].not', holds: false, found: { count: 1, days: 1, sum: '10.5' } }],
          },
          {
            clause: 'audience mobile',
            holds: true,
            parts: [{ path: 'audience(mobile)', clause: 'identity maid', found: { identities: [MAID] } }],
          },
        ],
      },
    });
    const loner = await api.expect(
      200,
      'GET',
      `/v1/profiles/${encodeURIComponent(LONER)}/audiences/calm/explain`,
    );
    expect(loner.body).toMatchObject({ in: false, reason: 'rule_does_not_hold' });
    await api.expect(404, 'GET', `${path}/audiences/none/explain`);
  });

  test('who opted out is in no audience', async () => {
    await api.lookups.identities.repoint(
      [MAID, COOKIE].map((identity) => ({ identity, uid: 1, optedOut: true })),
    );
    const profile = await api.expect(200, 'GET', path);
    expect(profile.body).toMatchObject({ optedOut: true, audiences: [] });
    const { body } = await api.expect(200, 'GET', `${path}/audiences/mobile/explain`);
    expect(body).toMatchObject({ in: false, reason: 'opted_out', published: null });
  });

  test('nobody and nonsense', async () => {
    await api.expect(404, 'GET', '/v1/profiles/maid:99999999-8246-4ba4-ae5b-76104861e7dc');
    expect(faults(await api.expect(422, 'GET', '/v1/profiles/nonsense'))).toEqual([
      ['identity', 'invalid_identity'],
    ]);
    await api.expect(422, 'GET', '/v1/profiles/maid:00000000-0000-0000-0000-000000000000');
  });

  test('an import: what of it is in the lake, for its provider', async () => {
    const { body } = await api.expect(200, 'GET', '/v1/imports/imp_1', {
      key: await api.key('provider:dataco'),
    });
    expect(body).toMatchObject({ id: 'imp_1', provider: 'dataco', stored: 4, people: 3 });
    expect(body.traits).toEqual([
      { trait: 'age/25-34', rows: 2 },
      { trait: 'car', rows: 2 },
    ]);
    expect(body.upload).toBeNull();
    await api.expect(201, 'POST', '/v1/providers', { body: { id: 'rival', name: 'Rival' } });
    await api.expect(404, 'GET', '/v1/imports/imp_1', { key: await api.key('provider:rival') });
    await api.expect(404, 'GET', '/v1/imports/imp_2');
  });

  test('an import of which nothing is in the lake (yet): what the collector told', async () => {
    const errors = [
      { line: 2, code: 'unknown_trait' as const, message: 'traits[0]: there is no such trait' },
    ];
    const document: ImportDocument = {
      id: 'imp_3',
      provider: 'dataco',
      status: 'failed',
      startedAt: Date.UTC(2026, 4, 3),
      toldAt: Date.UTC(2026, 4, 3, 0, 0, 1),
      finishedAt: Date.UTC(2026, 4, 3, 0, 0, 1),
      accepted: 1,
      rejected: 1,
      errors,
      problem: 'truncated',
    };
    await api.lookups.documents.put(importDocumentName('imp_3'), 2, Buffer.from(JSON.stringify(document)));
    const { body } = await api.expect(200, 'GET', '/v1/imports/imp_3', {
      key: await api.key('provider:dataco'),
    });
    expect(body).toEqual({
      id: 'imp_3',
      provider: 'dataco',
      upload: {
        status: 'failed',
        startedAt: '2026-05-03T00:00:00.000Z',
        finishedAt: '2026-05-03T00:00:01.000Z',
        accepted: 1,
        rejected: 1,
        problem: 'truncated',
        errors,
      },
      stored: 0,
      people: 0,
      traits: [],
    });
    await api.expect(404, 'GET', '/v1/imports/imp_3', { key: await api.key('provider:rival') });
    // As its collector left it when it was killed.
    const running = { ...document, status: 'running', problem: undefined, finishedAt: undefined };
    for (const [revision, ageMs, upload] of [
      [3, 30_000, { status: 'running' }],
      [4, 90_000, { status: 'failed', problem: 'interrupted' }],
    ] as const) {
      const left = Buffer.from(JSON.stringify({ ...running, toldAt: Date.now() - ageMs }));
      await api.lookups.documents.put(importDocumentName('imp_3'), revision, left);
      expect((await api.expect(200, 'GET', '/v1/imports/imp_3')).body).toMatchObject({ upload });
    }
    // A newer import has taken its place.
    const newer = Buffer.from(JSON.stringify({ ...document, id: 'imp_other' }));
    await api.lookups.documents.put(importDocumentName('imp_3'), 5, newer);
    await api.expect(404, 'GET', '/v1/imports/imp_3', { key: await api.key('provider:dataco') });
  });
});
