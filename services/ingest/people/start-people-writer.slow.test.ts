import * as fc from 'fast-check';
import type { DeadLetterRecord, LogRecord } from '../../shared/domain/records';
import type { Service } from '../../shared/runtime/service';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { INGEST_GROUP } from '../ingest-group';
import { startIngest } from '../start-ingest';
import {
  AT,
  cookie,
  type Engines,
  event,
  eventually,
  openEngines,
  privacy,
  readChanges,
  sync,
} from '../testing/engines';
import { PEOPLE_GROUP, startPeopleWriter } from './start-people-writer';

let engines: Engines;
let ingest: Service;
let people: Service;

beforeAll(async () => {
  engines = await openEngines();
  await engines.lookups.setEpoch('test');
  ingest = await startIngest({ ...engines.common(), lingerMs: 5 });
  people = await start();
});
afterAll(async () => {
  await ingest.close();
  await people.close();
  await engines.close();
});

function start(
  broken: { lookups?: Lookups; lake?: Pick<Lake, 'insert' | 'reloadPersons'> } = {},
): Promise<Service> {
  return startPeopleWriter({ ...engines.common(), lingerMs: 5, ...broken });
}

/** Everything appended so far has reached persons. */
async function settled(): Promise<void> {
  await engines.settled(INGEST_GROUP, ['events', 'syncs']);
  await engines.settled(PEOPLE_GROUP, ['privacy', 'links']);
}

async function send(...records: LogRecord[]): Promise<void> {
  for (const record of records) {
    await engines.append(
      record.type === 'event' ? 'events' : record.type === 'sync' ? 'syncs' : 'privacy',
      record,
    );
    await settled();
  }
}

async function uids(...identities: string[]): Promise<(number | undefined)[]> {
  const entries = await engines.lookups.identities.resolve(identities);
  return entries.map((entry) => entry?.uid);
}

/** LOOKUPS and LAKE must say the same of every identity, however it is asked. */
async function expectOneTruth(...identities: string[]): Promise<void> {
  const entries = await engines.lookups.identities.resolve(identities);
  const iids = entries.map((entry) => entry!.iid);
  const fromPeople = await engines.lookups.people.uidOf(iids);
  const list = identities.map((identity) => `'${identity}'`).join(', ');
  const rows = await engines.lake.query<{ identity: string; uid: string }>(
    `SELECT identity, uid FROM identities WHERE identity IN (${list})`,
  );
  const fromLake = new Map(rows.map(({ identity, uid }) => [identity, Number(uid)]));
  identities.forEach((identity, i) => {
    const uid = entries[i]!.uid;
    expect({ identity, uid: fromPeople[i] }).toEqual({ identity, uid });
    expect({ identity, uid: fromLake.get(identity) }).toEqual({ identity, uid });
  });
}

describe('persons', () => {
  it('identities of one event are one person, everywhere', async () => {
    const all = [cookie('one'), 'email:one', 'maid:one'];
    await send(event({ identities: all }));
    const found = await uids(...all);
    expect(new Set(found).size).toBe(1);
    const [record] = await engines.lookups.people.get([found[0]!]);
    expect(record!.members.map(({ identity }) => identity).sort()).toEqual([...all].sort());
    await expectOneTruth(...all);
    const changes = await readChanges(engines);
    expect(
      changes.some(
        ({ people: touched, iids }) => touched && record!.members.every(({ iid }) => iids.includes(iid)),
      ),
    ).toBe(true);
  });

  it('a newer sync moves a partner’s id, an older one does not, and two cookies are never joined', async () => {
    const [a, b, p] = [cookie('moveA'), cookie('moveB'), 'partner:px:move'];
    await send(
      sync({ identity: a, partnerUid: 'move', at: AT }),
      sync({ identity: b, partnerUid: 'move', at: AT + 2 }),
    );
    const moved = await uids(a, b, p);
    expect(moved[2]).toBe(moved[1]);
    expect(moved[0]).not.toBe(moved[1]);
    await send(sync({ identity: a, partnerUid: 'move', at: AT + 1 }));
    expect(await uids(a, b, p)).toEqual(moved);
    await send(sync({ identity: a, partnerUid: 'move', at: AT + 3 }));
    const [ua, ub, up] = await uids(a, b, p);
    expect(up).toBe(ua);
    expect(ub).not.toBe(ua);
    await expectOneTruth(a, b, p);
  });

  it.each([
    ['moves to another cookie', 'to another'],
    ['is taken off', undefined],
  ])('whoever a partner’s id leaves is said to have changed: it %s', async (what, move) => {
    const [a, b] = [cookie(`leftA ${what}`), cookie(`leftB ${what}`)];
    await send(
      sync({ identity: a, partnerUid: what, at: AT }),
      sync({ identity: b, partnerUid: `other ${what}`, at: AT }),
    );
    const [left] = await engines.lookups.identities.resolve([a]);
    const earlier = (await readChanges(engines)).length;
    await send(
      move === undefined
        ? sync({ identity: a, partnerUid: undefined, at: AT + 1 })
        : sync({ identity: b, partnerUid: what, at: AT + 1 }),
    );
    const changes = (await readChanges(engines)).slice(earlier);
    // Its number has not changed: it is the smallest of the identities that were one.
    expect(await uids(a)).toEqual([left!.iid]);
    expect(changes.some(({ people: touched, iids }) => touched && iids.includes(left!.iid))).toBe(true);
  });

  it('an empty partner id undoes the link and nothing else', async () => {
    const [c, p, q] = [cookie('undo'), 'partner:px:undo', 'partner:other:undo'];
    await send(
      sync({ identity: c, partnerUid: 'undo' }),
      sync({ identity: c, partner: 'other', partnerUid: 'undo' }),
      sync({ identity: c, partnerUid: undefined, at: AT + 1 }),
    );
    const [uc, up, uq] = await uids(c, p, q);
    expect(uq).toBe(uc);
    expect(up).not.toBe(uc);
    await expectOneTruth(c, p, q);
  });

  it('equal the naive union, whatever comes in whatever order', async () => {
    const fact = fc.oneof(
      fc.record({ kind: fc.constant('event'), a: fc.nat(3), b: fc.nat(3), at: fc.nat(3) }),
      fc.record({ kind: fc.constant('sync'), a: fc.nat(2), b: fc.nat(3), at: fc.nat(3) }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fact, { minLength: 1, maxLength: 12 }), async (facts) => {
        const name = `p${run++}`;
        const cookies = [0, 1, 2, 3].map((i) => cookie(`${name}c${i}`));
        const partners = [0, 1, 2].map((i) => `partner:px:${name}-${i}`);
        const records = facts.map(({ kind, a, b, at }) =>
          kind === 'event'
            ? event({ identities: [cookies[a]!, cookies[b]!], at: AT + at })
            : sync({ identity: cookies[b]!, partnerUid: `${name}-${a}`, at: AT + at }),
        );
        await Promise.all(
          records.map((record) => engines.append(record.type === 'event' ? 'events' : 'syncs', record)),
        );
        await settled();

        const group = new Map<string, string>();
        const root = (id: string): string => (group.get(id) === undefined ? id : root(group.get(id)!));
        const join = (x: string, y: string): void =>
          void (root(x) !== root(y) && group.set(root(x), root(y)));
        for (const { kind, a, b } of facts) if (kind === 'event') join(cookies[a]!, cookies[b]!);
        const entries = await engines.lookups.identities.resolve([...cookies, ...partners]);
        const iidOf = new Map([...cookies, ...partners].map((identity, i) => [identity, entries[i]?.iid]));
        partners.forEach((partner, i) => {
          const own = facts.filter(({ kind, a }) => kind === 'sync' && a === i);
          own.sort((x, y) => y.at - x.at || iidOf.get(cookies[y.b]!)! - iidOf.get(cookies[x.b]!)!);
          if (own[0] !== undefined) join(partner, cookies[own[0].b]!);
        });
        const known = [...cookies, ...partners].filter((identity) => iidOf.get(identity) !== undefined);
        for (const identity of known) {
          const mates = known
            .filter((other) => root(other) === root(identity))
            .map((other) => iidOf.get(other)!);
          const uid = (await uids(identity))[0];
          expect({ facts, identity, uid }).toEqual({ facts, identity, uid: Math.min(...mates) });
        }
        await expectOneTruth(...known);
      }),
      { numRuns: 15 },
    );
  });

  it('grow to 1,000 identities; the next link is a dead letter', async () => {
    const hub = cookie('crowd');
    await send(event({ identities: [hub, 'email:crowd'] }));
    const links = Array.from({ length: 998 }, (_, i) => event({ identities: [hub, `maid:crowd${i}`] }));
    await engines.append('events', ...links);
    await settled();
    await send(event({ identities: [hub, 'maid:one-too-many'] }));
    const [uid, late] = await uids(hub, 'maid:one-too-many');
    expect((await engines.lookups.people.get([uid!]))[0]!.members).toHaveLength(1_000);
    expect(late).not.toBe(uid);
    const letters = await engines.read<DeadLetterRecord>('dead-letters');
    expect(letters.filter(({ reason }) => reason === 'person_too_large')).toHaveLength(1);
  });
});

describe('a person’s choice', () => {
  async function out(...identities: string[]): Promise<(boolean | undefined)[]> {
    return (await engines.lookups.identities.resolve(identities)).map((entry) => entry?.optedOut);
  }

  it('reaches all linked identities, and stays with each of them', async () => {
    const [c, e, p] = [cookie('optout'), 'email:optout', 'partner:px:optout'];
    await send(
      event({ identities: [c, e] }),
      sync({ identity: c, partnerUid: 'optout' }),
      privacy('optout', AT + 10, p),
    );
    expect(await out(c, e, p)).toEqual([true, true, true]);
    const iids = (await engines.lookups.identities.resolve([c, e, p])).map((entry) => entry!.iid);
    expect(
      await engines.numbers(
        `SELECT count() FROM privacy_rows FINAL WHERE opted_out = 1 AND iid IN (${iids.join(',')})`,
      ),
    ).toEqual([3]);
    const changes = await readChanges(engines);
    expect(changes.at(-1)).toMatchObject({ people: true, events: ['*'], receivedAt: AT + 10 });
    expect([...changes.at(-1)!.iids].sort()).toEqual([...iids].sort());

    await send(privacy('optin', AT + 5, c));
    expect(await out(c, e, p)).toEqual([true, true, true]);
    await send(privacy('optin', AT + 20, c));
    expect(await out(c, e, p)).toEqual([false, false, false]);
  });

  it('of somebody unknown holds from their first record on', async () => {
    await send(privacy('optout', AT + 1, cookie('stranger')));
    expect(await out(cookie('stranger'))).toEqual([true]);
    expect(
      await engines.numbers(`SELECT count() FROM identity_rows WHERE identity = '${cookie('stranger')}'`),
    ).toEqual([1]);
    await send(event({ publisher: 'strangers', identities: [cookie('stranger')] }));
    expect(await engines.numbers(`SELECT count() FROM event_rows WHERE publisher = 'strangers'`)).toEqual([
      0,
    ]);
  });
});

describe('an opt-in of somebody unknown', () => {
  it('makes them known, and the builder is told', async () => {
    await send(privacy('optin', AT + 1, cookie('newcomer')));
    const [entry] = await engines.lookups.identities.resolve([cookie('newcomer')]);
    expect(entry).toMatchObject({ confirmed: true, optedOut: false });
    expect((await readChanges(engines)).at(-1)).toMatchObject({ iids: [entry!.iid], people: true });
  });
});

describe('a crash of the people writer', () => {
  const failing = <T extends object>(target: T, method: keyof T): T =>
    new Proxy(target, {
      get: (object, key) =>
        key === method ? () => Promise.reject(new Error('dies here')) : (Reflect.get(object, key) as unknown),
    });

  it.each<[string, () => Parameters<typeof start>[0]]>([
    ['before the lake', () => ({ lake: failing(bound(engines.lake), 'insert') })],
    [
      'before persons are stored',
      () => ({ lookups: { ...engines.lookups, people: failing(bound(engines.lookups.people), 'put') } }),
    ],
    [
      'before identities point to them',
      () => ({
        lookups: { ...engines.lookups, identities: failing(bound(engines.lookups.identities), 'repoint') },
      }),
    ],
    ['before the builder is told', () => ({ lake: failing(bound(engines.lake), 'reloadPersons') })],
  ])('%s leaves nothing undone', async (name, broken) => {
    const tag = name.replaceAll(' ', '').slice(-8);
    const all = [cookie(tag), `email:${tag}`];
    await people.close();
    await engines.append('events', event({ identities: all, publisher: tag }));
    await engines.settled(INGEST_GROUP, ['events']);
    const [before] = await engines.log.positions(PEOPLE_GROUP, ['links']);
    const reload = engines.lake.reloadPersons.bind(engines.lake);
    const faults = broken();
    // The start itself reloads once; what dies is the handling of news.
    if (name === 'before the builder is told') {
      let first = true;
      faults!.lake = {
        insert: engines.lake.insert.bind(engines.lake),
        reloadPersons: () => {
          if (!first) return Promise.reject(new Error('dies here'));
          first = false;
          return reload();
        },
      };
    }
    people = await start(faults);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const [after] = await engines.log.positions(PEOPLE_GROUP, ['links']);
    expect(after!.committed).toBe(before!.committed);
    await people.close();

    people = await start();
    await settled();
    const [first, second] = await uids(...all);
    expect(second).toBe(first);
    await expectOneTruth(...all);
    const iids = (await engines.lookups.identities.resolve(all)).map((entry) => entry!.iid);
    await eventually(async () =>
      (await readChanges(engines)).some(
        (change) => change.people && iids.every((iid) => change.iids.includes(iid)),
      ),
    );
  });
});

describe('lookups that are lost', () => {
  it('leave no trace of a choice that was made meanwhile; it holds once they are filled', async () => {
    const [before] = await engines.log.positions(PEOPLE_GROUP, ['privacy']);
    await engines.lookups.setEpoch('another filling');
    await engines.append('privacy', privacy('optout', AT, cookie('lost')));
    await new Promise((resolve) => setTimeout(resolve, 600));
    const [after] = await engines.log.positions(PEOPLE_GROUP, ['privacy']);
    expect(after!.committed).toBe(before!.committed);
    const known = `SELECT count() FROM identity_rows WHERE identity = '${cookie('lost')}'`;
    expect(await engines.numbers(known)).toEqual([0]);

    await people.close();
    people = await start();
    await settled();
    expect(await engines.lookups.identities.resolve([cookie('lost')])).toMatchObject([{ optedOut: true }]);
    expect(await engines.numbers(known)).toEqual([1]);
  });
});

/** The methods of a class instance as a plain object, so that a proxy can replace one of them. */
function bound<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (object, key) => {
      const value: unknown = Reflect.get(object, key);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}
