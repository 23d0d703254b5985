import { eventually } from '../shared/testing/eventually';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../shared/domain/consent/bits';
import type { ChangeRecord } from '../shared/domain/records';
import type { Rule } from '../shared/domain/rule/language';
import { DOCUMENTS, type AudiencesSnapshot, type RulesSnapshot } from '../shared/domain/snapshot';
import type { Service } from '../shared/runtime/service';
import { openCatalog } from '../shared/stores/catalog/open-catalog';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import { openLake } from '../shared/stores/lake/open-lake';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import type { Log } from '../shared/stores/log/log';
import { loadTopics } from '../shared/stores/log/topics';
import { openLmdbLookups } from '../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { FOREVER_S, type Lookups } from '../shared/stores/lookups/lookups';
import { MemoryDocuments } from '../shared/stores/lookups/testing/memory-documents';
import { startBuilder } from './builder';

let dir: string;
let log: Log;
let lake: Lake;
let lookups: Lookups;
let catalog: Catalog;
let builder: Service;
let clockAheadMs = 0;
let inserts = 0;
let revision = 0;
const now = (): number => Date.now() + clockAheadMs;

async function start({
  states = catalog.audienceStates,
  query = lake.query.bind(lake),
  memberships = lookups.memberships,
  documents = lookups.documents,
  tickMs = 100,
} = {}): Promise<Service> {
  return startBuilder({
    log, now,
    lookups: replacing(replacing(lookups, 'memberships', memberships), 'documents', documents),
    lake: replacing(lake, 'query', query),
    catalog: replacing(catalog, 'audienceStates', states),
    registry: new Registry(),
    logger: pino({ level: 'silent' }),
    tickMs,
    lingerMs: 20,
  }); // prettier-ignore
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-builder-'));
  log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  lake = await openLake({ path: join(dir, 'lake') });
  lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  await lookups.setEpoch('filled');
  catalog = await openCatalog({ path: join(dir, 'catalog') });
  builder = await start();
});

afterAll(async () => {
  await builder.close();
  await Promise.all([log.close(), lake.close(), lookups.close(), catalog.close()]);
  await rm(dir, { recursive: true, force: true });
});

/** The same object, with one member of it replaced. */
function replacing<T extends object, K extends keyof T>(target: T, key: K, by: T[K]): T {
  return new Proxy(target, {
    get: (_, name): unknown => {
      const value: unknown = name === key ? by : Reflect.get(target, name);
      return typeof value === 'function' && name !== key ? (value.bind(target) as unknown) : value;
    },
  });
}

async function insert(table: string, columns: string[], rows: (string | number | null)[][]): Promise<void> {
  await lake.insert({ table, columns, rows, token: `test:${++inserts}` });
}

async function people(...iids: number[]): Promise<void> {
  const rows = iids.map((iid) => [`cookie:${iid}`, iid, 'cookie', now(), 'test']);
  await insert('identity_rows', ['identity', 'iid', 'kind', 'linked_at', 'source'], rows);
  await changed({ iids, people: true });
}

async function event(iid: number, type: string, at: number): Promise<void> {
  const received = now();
  await insert(
    'event_rows',
    ['type', 'iid', 'at', 'received_at', 'value'],
    [[type, iid, at, received, null]],
  );
  await changed({ iids: [iid], events: [type] });
}

async function changed(change: Partial<ChangeRecord>): Promise<void> {
  const record: ChangeRecord = {
    v: 1, type: 'change', iids: [], events: [], traits: [], people: false, receivedAt: Date.now(), ...change,
  }; // prettier-ignore
  await log.append('changes', [{ key: 'people', value: Buffer.from(JSON.stringify(record)) }]);
}

async function publishRules(...audiences: [id: string, number: number, rule: Rule][]): Promise<void> {
  const rules: RulesSnapshot = {
    audiences: audiences.map(([id, number, rule]) => ({ id, number, version: number, name: id, rule })),
  };
  await lookups.documents.put(DOCUMENTS.rules, ++revision, Buffer.from(JSON.stringify(rules)));
}

async function audienceIsReady(id: string, number: number): Promise<void> {
  await eventually(async () => {
    const document = await lookups.documents.get(DOCUMENTS.audiences);
    const snapshot = JSON.parse(document?.body.toString() ?? '{"audiences":[]}') as AudiencesSnapshot;
    expect(snapshot.audiences).toContainEqual({ id, number, version: number, ready: true });
  });
}

async function numbersOf(uid: number): Promise<number[]> {
  return ((await lookups.memberships.get(uid))?.memberships ?? []).map((m) => m.audience);
}

async function lakeMembers(audience: string): Promise<number[]> {
  const rows = await lake.query<{ uid: string }>(
    'SELECT uid FROM audience_members WHERE audience_id = {id:String} ORDER BY uid',
    { params: { id: audience } },
  );
  return rows.map((row) => Number(row.uid));
}

test('a full build finds who is in, news keep it true, and time takes members out', async () => {
  await people(1, 2, 3);
  await event(1, 'purchase', now() - 3_600_000);
  await publishRules(
    ['buyers', 1, { event: 'purchase', within: '1d' }],
    ['others', 2, { not: { event: 'purchase', within: '1d' } }],
    ['everyone', 3, { any: [{ audience: 'buyers' }, { audience: 'others' }] }],
  );
  await audienceIsReady('buyers', 1);
  await audienceIsReady('everyone', 3);
  expect(await numbersOf(1)).toEqual([1, 3]);
  expect(await numbersOf(2)).toEqual([2, 3]);
  expect(await lakeMembers('buyers')).toEqual([1]);
  expect(await lakeMembers('everyone')).toEqual([1, 2, 3]);

  await event(2, 'purchase', now());
  await eventually(async () => expect(await numbersOf(2)).toEqual([1, 3]));
  const record = await lookups.memberships.get(2);
  const until = record?.memberships[0]?.untilS ?? 0;
  expect(Math.abs(until - (now() / 1000 + 86_400))).toBeLessThan(60);

  clockAheadMs += 23.5 * 3_600_000;
  await eventually(async () => expect(await numbersOf(1)).toEqual([2, 3]));
  expect(await numbersOf(2)).toEqual([1, 3]);

  // The clock was wrong: what ran out by it has not.
  clockAheadMs -= 23.5 * 3_600_000;
  await eventually(async () => expect(await numbersOf(1)).toEqual([1, 3]));
  clockAheadMs += 23.5 * 3_600_000;
  await eventually(async () => expect(await numbersOf(1)).toEqual([2, 3]));
  await eventually(async () => {
    const states = await catalog.kv.get('builder.windows');
    expect(Number(states)).toBeGreaterThan(0);
  });
});

test('an opt-out leaves nothing in any audience, and an opt-in brings it back', async () => {
  await insert('privacy_rows', ['iid', 'at', 'opted_out'], [[3, now(), 1]]);
  await changed({ iids: [3], people: true });
  await eventually(async () => expect(await lookups.memberships.get(3)).toBeUndefined());
  expect(await lakeMembers('everyone')).not.toContain(3);
  await insert('privacy_rows', ['iid', 'at', 'opted_out'], [[3, now() + 1000, 0]]);
  await changed({ iids: [3], people: true });
  await eventually(async () => expect(await numbersOf(3)).toEqual([2, 3]));
});

test('a changed rule gets its own number; the old one is forgotten everywhere', async () => {
  await publishRules(['buyers', 4, { event: 'purchase' }]);
  await audienceIsReady('buyers', 4);
  await eventually(async () => expect(await numbersOf(2)).toEqual([4]));
  await eventually(async () => expect(await numbersOf(3)).toEqual([]));
  expect(await lakeMembers('buyers')).toEqual([1, 2]);
  await eventually(async () => {
    const left = await lake.query<{ audience: number }>(
      'SELECT DISTINCT audience FROM membership_rows FINAL',
    );
    expect(left).toEqual([{ audience: 4 }]);
  });
  expect((await lookups.memberships.get(2))?.memberships).toMatchObject([{ untilS: FOREVER_S }]);
});

test('persons that were joined are one member, under the smaller number', async () => {
  await people(10, 11);
  await event(11, 'purchase', now());
  await eventually(async () => expect(await numbersOf(11)).toEqual([4]));
  const members = [10, 11].map((iid) => ({ iid, identity: `cookie:${iid}` }));
  const edges = [{ kind: 'event' as const, a: 10, b: 11, at: now() }];
  await lookups.people.put({
    records: [{ uid: 10, members, edges, choices: [] }],
    removed: [],
    uidOf: [{ iid: 11, uid: 10 }],
  });
  await changed({ iids: [10, 11], people: true });
  await eventually(async () => expect(await numbersOf(10)).toEqual([4]));
  await eventually(async () => expect(await lookups.memberships.get(11)).toBeUndefined());
  expect(await lakeMembers('buyers')).toEqual([1, 2, 10]);
});

test('the newest stated consent is stored, also of people without memberships', async () => {
  await people(20);
  await insert('consent_rows', ['iid', 'at', 'consent'], [[20, now(), CONSENT.signal | CONSENT.storage]]);
  await changed({ iids: [20] });
  await eventually(async () =>
    expect((await lookups.memberships.get(20))?.consent).toBe(CONSENT.signal | CONSENT.storage),
  );
  const allowed = CONSENT.signal | CONSENT_DEFAULT_ALLOWED;
  await insert('consent_rows', ['iid', 'at', 'consent'], [[20, now() + 1000, allowed]]);
  await changed({ iids: [20] });
  await eventually(async () => expect(await lookups.memberships.get(20)).toBeUndefined());
});

test('sizes are the number of members, in the catalog and after a restart', async () => {
  await builder.close();
  builder = await start();
  await event(20, 'purchase', now());
  await eventually(async () => expect(await numbersOf(20)).toEqual([4]));
  await eventually(async () => {
    const [row] = await lake.query<{ size: string }>('SELECT size FROM audiences');
    expect(Number(row?.size)).toBe(4);
  });
});

test('the API is told that a quiet audience is up to date', async () => {
  await builder.close();
  const told: number[] = [];
  builder = await start({
    states: replacing(catalog.audienceStates, 'put', (states) => {
      told.push(...states.map(({ materializedAt }) => materializedAt));
      return Promise.resolve();
    }),
  });
  await publishRules(['buyers', 6, { event: 'purchase' }]);
  await audienceIsReady('buyers', 6);
  const later = now() + 60_000;
  clockAheadMs += 60_000;
  await eventually(() => Promise.resolve(expect(Math.max(...told)).toBeGreaterThanOrEqual(later)));
});

test('what a kill left in the lake that no bidder was told of is taken back', async () => {
  await publishRules(['buyers', 7, { event: 'sale' }]);
  await audienceIsReady('buyers', 7);
  await people(50, 51);
  await event(50, 'sale', now());
  await eventually(async () => expect(await numbersOf(50)).toEqual([7]));
  await builder.close();
  // A kill between the stores: 51 came, 50 left. And the news that would say the same again never come.
  const seq = await catalog.nextBlock('membership_seq', 1);
  await insert(
    'membership_rows',
    ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
    [
      [7, 51, 1, FOREVER_S, seq, 0],
      [7, 50, 1, 0, seq, 1],
    ],
  );
  builder = await start();
  const members = await lake.numbers(
    'SELECT toUInt64(uid) FROM membership_rows FINAL WHERE audience = 7 ORDER BY uid',
  );
  expect(members).toEqual([50]);
  await eventually(async () => {
    expect(await lake.numbers(`SELECT size FROM audiences WHERE id = 'buyers'`)).toEqual([1]);
  });
});

test('what failed between the lake and the lookups is taken back before anything else is published', async () => {
  await builder.close();
  const { memberships } = lookups;
  let failures = 0;
  const failing = replacing(memberships, 'put', async (records) => {
    if (failures++ > 0) return memberships.put(records);
    // Meanwhile the person becomes another's: what was written of it will not be written again.
    await lookups.people.put({
      records: [
        {
          uid: 60,
          members: [60, 61].map((iid) => ({ iid, identity: `cookie:${iid}` as const })),
          edges: [],
          choices: [],
        },
      ],
      removed: [],
      uidOf: [
        { iid: 60, uid: 60 },
        { iid: 61, uid: 60 },
      ],
    });
    throw new Error('no lookups');
  });
  builder = await start({ memberships: failing });
  await people(60, 61);
  await event(61, 'sale', now());
  await eventually(async () => expect(await numbersOf(60)).toEqual([7]));
  const members = await lake.numbers(
    'SELECT toUInt64(uid) FROM membership_rows FINAL WHERE audience = 7 AND uid IN (60, 61)',
  );
  expect(members).toEqual([60]);
});

test('an audience that lost its last member just before a crash is empty after it', async () => {
  await builder.close();
  await publishRules(['ghosts', 5, { event: 'haunting' }]);
  const before = { id: 'ghosts', number: 5, version: 5, name: 'ghosts', status: 'ready' as const, size: 3 };
  const stored = catalog.audienceStates;
  builder = await start({
    states: replacing(stored, 'list', () =>
      Promise.resolve([{ ...before, materializedAt: 1, watermark: 1 }]),
    ),
  });
  await audienceIsReady('ghosts', 5);
  const sizes = await lake.query<{ size: string }>(`SELECT size FROM audiences WHERE id = 'ghosts'`);
  expect(sizes.map(({ size }) => Number(size))).toEqual([0]);
});

test('a build that an audience’s new rule overtakes leaves nothing of the old one', async () => {
  await builder.close();
  let arrived: () => void = () => undefined;
  let proceed: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  const released = new Promise<void>((resolve) => (proceed = resolve));
  const query = lake.query.bind(lake);
  const slow = (async (sql: string, options?: Parameters<Lake['query']>[1]) => {
    const rows = await query(sql, options);
    if (sql.includes('FROM build_rows WHERE audience = 7 AND uid > 0')) {
      arrived();
      await released;
    }
    return rows;
  }) as Lake['query'];
  builder = await start({ query: slow });
  await people(30, 31);
  await event(30, 'before', now());
  await event(31, 'after', now());

  const named: Rule = { audience: 'inner' };
  await publishRules(['inner', 6, { event: 'before' }], ['outer', 7, named]);
  await reached;
  await publishRules(['inner', 8, { event: 'after' }], ['outer', 7, named]);
  await eventually(async () => {
    const document = await lookups.documents.get(DOCUMENTS.audiences);
    expect(document?.body.toString()).toContain('"number":8');
  });
  proceed();
  await audienceIsReady('inner', 8);
  await audienceIsReady('outer', 7);
  expect(await lakeMembers('outer')).toEqual([31]);
  expect(await numbersOf(30)).toEqual([]);
  expect(await numbersOf(31)).toEqual([7, 8]);
});

test('who was evaluated by a clock that was set ahead and back at once is a member again', async () => {
  await builder.close();
  builder = await start({ tickMs: 3_000 });
  await publishRules(['lately', 9, { event: 'view', within: '1h' }]);
  await audienceIsReady('lately', 9);
  await people(70);
  await event(70, 'view', now());
  await eventually(async () => expect(await numbersOf(70)).toEqual([9]));
  clockAheadMs += 2 * 3_600_000;
  await changed({ iids: [70], events: ['view'] });
  await eventually(async () => expect(await numbersOf(70)).toEqual([]));
  clockAheadMs -= 2 * 3_600_000;
  await eventually(async () => expect(await numbersOf(70)).toEqual([9]));
});

test('an event of a collector whose clock is ahead counts as soon as it is due', async () => {
  await people(72);
  const at = now() + 2_000;
  await insert('event_rows', ['type', 'iid', 'at', 'received_at', 'value'], [['view', 72, at, at, null]]);
  await changed({ iids: [72], events: ['view'], receivedAt: at });
  await eventually(async () => expect(await numbersOf(72)).toEqual([9]));
});

test('as long as the rules are not known nobody loses a membership, and nothing that happens is passed over', async () => {
  await builder.close();
  const documents = new MemoryDocuments();
  const startedAt = now();
  builder = await start({ documents });
  expect(await builder.missing()).toEqual(['audience rules']);
  await people(71);
  await event(71, 'view', now());
  await changed({ iids: [70], events: ['view'] });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await numbersOf(70)).toEqual([9]);
  const rules = await lookups.documents.get(DOCUMENTS.rules);
  await documents.put(DOCUMENTS.rules, rules!.revision, rules!.body);
  await eventually(async () => expect(await numbersOf(71)).toEqual([9]));
  expect(await numbersOf(70)).toEqual([9]);
  // Bidders have seen revisions before the document was lost: it must not begin with 1.
  expect(documents.revision(DOCUMENTS.audiences)).toBeGreaterThanOrEqual(startedAt);
  await builder.close();
  builder = await start();
});

test('a change that cannot be read is a dead letter, and those behind it are evaluated', async () => {
  const value = Buffer.from('{"v":1,"type":"change","iids":"all"}');
  await log.append('changes', [{ key: 'changes', value }]);
  await event(8, 'purchase', now());
  await people(8);
  await eventually(async () => {
    const letters = await log.read('dead-letters', 0, 0, 100, 100);
    const more = log.partitions('dead-letters') > 1 ? await log.read('dead-letters', 1, 0, 100, 100) : [];
    const reasons = [...letters, ...more].map((entry) => JSON.parse(entry.value.toString()) as object);
    expect(reasons).toEqual([expect.objectContaining({ source: 'changes', reason: 'invalid_record' })]);
  });
  const [position] = await log.positions('builder', ['changes']);
  await eventually(async () =>
    expect(await log.positions('builder', ['changes'])).toEqual([{ ...position, committed: position!.end }]),
  );
});

test('a change that a newer release announces is waited for, not passed over', async () => {
  const end = async () => (await log.positions('builder', ['changes']))[0]!;
  await eventually(async () => {
    const { committed, end: last } = await end();
    expect(committed).toBe(last);
  });
  const { committed: before } = await end();
  await changed({ iids: [1] });
  const newer = { v: 2, type: 'change', iids: [1], events: [], traits: [], people: false, receivedAt: now() };
  await log.append('changes', [{ key: 'people', value: Buffer.from(JSON.stringify(newer)) }]);
  await eventually(async () => expect((await end()).committed).toBe(before + 1));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await end()).toMatchObject({ committed: before + 1, end: before + 2 });
});

test('bidders are told whose traits an audience asks for, those of audiences within it too', async () => {
  await publishRules(
    ['young', 81, { any: [{ trait: 'dataco/age/18-24' }, { trait: 'panel/youth/*' }, { event: 'play' }] }],
    ['old', 82, { not: { any: [{ audience: 'young' }, { trait: 'dataco/age/0-17' }] } }],
  );
  await eventually(async () => {
    const document = await lookups.documents.get(DOCUMENTS.audiences);
    const { audiences } = JSON.parse(document?.body.toString() ?? '') as AudiencesSnapshot;
    expect(audiences).toEqual([
      { id: 'young', number: 81, version: 81, ready: true, providers: ['dataco', 'panel'] },
      { id: 'old', number: 82, version: 82, ready: true, providers: ['dataco', 'panel'] },
    ]);
  });
});
