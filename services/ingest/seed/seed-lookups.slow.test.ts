import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Service } from '../../shared/runtime/service';
import { startPeopleWriter } from '../people/start-people-writer';
import { startIngest } from '../start-ingest';
import { AT, cookie, type Engines, event, openEngines, privacy, sync, trait } from '../testing/engines';
import { isFilled, REBUILD_EPOCH } from '../../shared/stores/lookups/lookups';
import { decodeFeedRecord } from '../../shared/stores/lookups/replica/feed-record';
import { publishLookups } from '../../shared/stores/lookups/replica/publish-lookups';
import { isPublishedEpoch } from '../../shared/stores/lookups/replication';
import { seedLookups, type SeedOptions } from './seed-lookups';

let engines: Engines;
let services: Service[] = [];

beforeAll(async () => {
  engines = await openEngines();
});
afterAll(async () => {
  await stop();
  await engines.close();
});

async function startAll(): Promise<void> {
  services = [
    await startIngest({ ...engines.common(), lingerMs: 5 }),
    await startPeopleWriter({ ...engines.common(), lingerMs: 5 }),
  ];
}

async function stop(): Promise<void> {
  await Promise.all(services.map((service) => service.close()));
  services = [];
}

async function settled(): Promise<void> {
  await engines.settled('ingest', ['events', 'syncs', 'traits']);
  await engines.settled('people', ['privacy', 'links']);
}

async function loseLookups(): Promise<void> {
  await stop();
  await engines.lookups.close();
  await rm(join(engines.dir, 'lookups'), { recursive: true });
  engines.lookups = await openLmdbLookups({ dir: join(engines.dir, 'lookups') });
}

/** Builders give way once the lookups are said not to be filled, and go on once they are. */
const excludeBuilder = async () => {
  expect(isFilled(await engines.lookups.epoch())).toBe(false);
  return async () => {
    expect(isFilled(await engines.lookups.epoch())).toBe(true);
  };
};
const nowMs = AT + 86_400_000;
const seed = () => seedLookups({ ...engines.common(), now: () => nowMs, excludeBuilder });
const refusal = CONSENT.signal | CONSENT.storage;
const identities = [
  cookie('linked'), 'email:linked', cookie('moved'), 'partner:px:moved', cookie('out'), 'maid:alone', 'maid:refuses', 'partner:px:undone',
]; // prettier-ignore

it('an empty lake makes an epoch and nothing else', async () => {
  expect(await seed()).toEqual({ seeded: true });
  expect(await engines.lookups.epoch()).toBeDefined();
  expect(await seed()).toEqual({ seeded: false });
});

it('lookups that were lost come back as they were', async () => {
  await startAll();
  await engines.append(
    'events',
    event({ identities: [cookie('linked'), 'email:linked'], id: 'claimed', publisher: 'p' }),
    event({ identities: ['maid:refuses'], consent: CONSENT_DEFAULT_ALLOWED | CONSENT.signal }),
  );
  await engines.append('traits', trait({ identity: 'maid:alone' }));
  await settled();
  await engines.append('events', event({ identities: ['maid:refuses'], consent: refusal, at: AT + 5 }));
  for (const record of [
    sync({ identity: cookie('out'), partnerUid: 'moved', at: AT }),
    sync({ identity: cookie('moved'), partnerUid: 'moved', at: AT + 1 }),
    sync({ identity: cookie('linked'), partnerUid: 'undone', at: AT }),
    sync({ identity: cookie('linked'), partnerUid: undefined, at: AT + 1 }),
  ]) {
    await engines.append('syncs', record);
    await settled();
  }
  await engines.append('privacy', privacy('optout', AT + 3, cookie('out')));
  await settled();
  const resolved = await engines.lookups.identities.resolve(identities);
  const uids = resolved.map((entry) => entry!.uid);
  const persons = await engines.lookups.people.get(uids);
  const uid = uids[0]!;
  const since = AT / 1000;
  await engines.lake.insert({
    table: 'membership_rows',
    columns: ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
    rows: [[4, uid, since, 0xffffffff, 1, 0], [2, uid, since, since + 9, 1, 0], [9, uid, since, 0, 2, 1]],
    token: 'members',
  }); // prettier-ignore

  await loseLookups();
  expect(await seed()).toEqual({ seeded: true });

  expect(await engines.lookups.identities.resolve(identities)).toEqual(resolved);
  expect(await engines.lookups.people.uidOf(resolved.map((entry) => entry!.iid))).toEqual(uids);
  expect(sortAll(await engines.lookups.people.get(uids))).toEqual(sortAll(persons));
  expect(await engines.lookups.memberships.get(uid)).toEqual({
    uid,
    version: 1,
    consent: 0,
    evaluatedAt: AT,
    memberships: [
      { audience: 2, sinceS: since, untilS: since + 9 },
      { audience: 4, sinceS: since, untilS: 0xffffffff },
    ],
  });
  expect(await engines.lookups.memberships.get(uids[6]!)).toMatchObject({
    consent: refusal,
    memberships: [],
  });
});

it('lookups that are to be filled anew lose what the lake says nothing of', async () => {
  const { lookups } = engines;
  const [wrong, right] = await lookups.identities.resolve(['maid:alone', 'email:linked']);
  await lookups.identities.seed([{ identity: 'maid:alone', entry: { ...wrong!, optedOut: true } }]);
  const stale = {
    version: 9,
    consent: 0,
    evaluatedAt: AT,
    memberships: [{ audience: 77, sinceS: 1, untilS: 2 }],
  };
  await lookups.memberships.put([wrong!.uid, right!.uid].map((uid) => ({ uid, ...stale })));
  await lookups.setEpoch(REBUILD_EPOCH);
  expect(await seed()).toEqual({ seeded: true });
  expect(await lookups.epoch()).not.toBe(REBUILD_EPOCH);
  expect(await lookups.identities.resolve(['maid:alone'])).toEqual([wrong]);
  expect(await lookups.memberships.get(wrong!.uid)).toBeUndefined();
  expect((await lookups.memberships.get(right!.uid))?.memberships.map(({ audience }) => audience)).toEqual([
    2, 4,
  ]);
});

it('lookups that are to be published are filled for it once, with the topic', async () => {
  const { log, lookups } = engines;
  let version = 0;
  const published = publishLookups({
    lookups,
    log,
    versions: { people: async () => ++version, memberships: async () => ++version },
  });
  const fill = (options: Partial<SeedOptions>) =>
    seedLookups({ ...engines.common(), now: () => nowMs, excludeBuilder, ...options });
  expect(await fill(published)).toEqual({ seeded: true });
  const epoch = await lookups.epoch();
  expect(isPublishedEpoch(epoch)).toBe(true);
  const records = (await log.read('lookups', 0, 0, Infinity, 1e6)).map(decodeFeedRecord);
  expect([records[0], records.at(-1)]).toEqual([
    { kind: 'begin', epoch },
    { kind: 'end', epoch },
  ]);
  const kinds = new Map(
    records.flatMap((record) => ('identity' in record ? [[record.identity, record.kind]] : [])),
  );
  expect(Object.fromEntries(kinds)).toMatchObject({
    'maid:alone': 'number',
    'email:linked': 'person',
    [cookie('out')]: 'person',
  });
  expect(await fill(published)).toEqual({ seeded: false });
  // Written without the topic from now on, they count as never published.
  expect(await fill({})).toEqual({ seeded: false });
  expect(isPublishedEpoch(await lookups.epoch())).toBe(false);
  expect(await fill({})).toEqual({ seeded: false });
  expect(await fill(published)).toEqual({ seeded: true });
  expect(await fill({})).toEqual({ seeded: false });
});

it('what was counted before does not count again, and no identity gets a second number', async () => {
  const [before] = await engines.lookups.identities.resolve(['email:linked']);
  await startAll();
  await engines.append(
    'events',
    event({ identities: ['email:linked'], id: 'claimed', publisher: 'p', receivedAt: nowMs }),
  );
  await engines.append('traits', trait({ identity: 'maid:alone', receivedAt: nowMs }));
  await engines.append('events', event({ identities: ['maid:after'], publisher: 'p' }));
  await settled();
  expect(
    await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'p' AND event_id = 'claimed'`),
  ).toEqual([1]);
  expect(await engines.numbers(`SELECT count() FROM trait_rows`)).toEqual([1]);
  expect(await engines.lookups.identities.resolve(['email:linked'])).toEqual([before]);
  expect(await engines.numbers(`SELECT toUInt64(count() - uniqExact(iid)) FROM identity_rows FINAL`)).toEqual(
    [0],
  );
});

it('rows of persons that a crash left behind their links are written', async () => {
  const [a] = await engines.lookups.identities.resolve(['maid:alone']);
  const [b] = await engines.lookups.identities.resolve(['maid:after']);
  await stop();
  await engines.lake.insert({
    table: 'link_rows',
    columns: ['kind', 'a', 'b', 'at', 'seq'],
    rows: [['event', a!.iid, b!.iid, AT, 999_999]],
    token: 'links',
  });
  await loseLookups();
  await seed();
  const rows = await engines.numbers(`SELECT argMax(uid, seq) FROM person_rows WHERE iid = ${b!.iid}`);
  expect(rows).toEqual([a!.iid]);
  expect((await engines.lookups.identities.resolve(['maid:after']))[0]).toMatchObject({
    iid: b!.iid,
    uid: a!.iid,
  });
});

function sortAll(persons: Awaited<ReturnType<Engines['lookups']['people']['get']>>) {
  const by = (x: object, y: object): number => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1);
  return persons.map(
    (person) =>
      person && {
        ...person,
        members: [...person.members].sort(by),
        edges: [...person.edges].sort(by),
        choices: [...person.choices].sort(by),
      },
  );
}
