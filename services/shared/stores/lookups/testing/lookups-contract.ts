/** What every engine of LOOKUPS must hold. Nothing in here knows an engine; it is handed an opener. */
import { FOREVER_S, type Lookups, type MembershipRecord, type PersonRecord } from '../lookups';
import { startWorker, type Worker } from './start-worker';

export interface LookupsUnderTest {
  /** Opens the same data again, as another process would. */
  open(): Promise<Lookups>;
  /** A module exporting `open(options): Promise<Lookups>`, for processes of their own. */
  modulePath: string;
  options: unknown;
  /** Expired claims go without a sweep, which answers 0. @default false */
  forgetsByItself?: boolean;
  /** Removes the data. */
  dispose(): Promise<void>;
}

export function lookupsContract(engine: string, create: () => Promise<LookupsUnderTest>): void {
  describe(`the contract of LOOKUPS on ${engine}`, () => {
    let subject: LookupsUnderTest;
    let lookups: Lookups;
    beforeEach(async () => {
      subject = await create();
      lookups = await subject.open();
    });
    afterEach(async () => {
      await lookups.close();
      await subject.dispose();
    });

    describe('identities', () => {
      it('answers in the order asked, undefined where unknown', async () => {
        await lookups.identities.assign(['maid:b', 'maid:a'], counter(7));
        const entries = await lookups.identities.resolve(['maid:a', 'maid:unknown', 'maid:b']);
        expect(entries).toEqual([fresh(8), undefined, fresh(7)]);
      });

      it('keeps the first number of an identity and asks for none when it is known', async () => {
        await lookups.identities.assign(['maid:a'], counter(1));
        const next = jest.fn(counter(100));
        const entries = await lookups.identities.assign(['maid:a', 'maid:new', 'maid:new'], next);
        expect(entries.map((entry) => entry.iid)).toEqual([1, 100, 100]);
        expect(next).toHaveBeenCalledTimes(1);
      });

      it('confirms, repoints and keeps what it is not told to change', async () => {
        await lookups.identities.assign(['maid:a', 'maid:b'], counter(1));
        await lookups.identities.confirm(['maid:b', 'maid:unknown']);
        await lookups.identities.repoint([
          { identity: 'maid:b', uid: 1, optedOut: true },
          { identity: 'maid:unknown', uid: 1, optedOut: true },
        ]);
        expect(await lookups.identities.resolve(['maid:a', 'maid:b', 'maid:unknown'])).toEqual([
          fresh(1),
          { iid: 2, uid: 1, confirmed: true, optedOut: true },
          undefined,
        ]);
        await lookups.identities.repoint([{ identity: 'maid:b', uid: 2, optedOut: false }]);
        expect(await lookups.identities.resolve(['maid:b'])).toEqual([
          { iid: 2, uid: 2, confirmed: true, optedOut: false },
        ]);
      });

      it('seeds by overwriting, with numbers beyond 32 bits', async () => {
        const entry = { iid: 2 ** 40 + 3, uid: 2 ** 33 + 1, confirmed: true, optedOut: true };
        await lookups.identities.assign(['maid:a'], counter(1));
        await lookups.identities.seed([{ identity: 'maid:a', entry }]);
        expect(await lookups.identities.resolve(['maid:a'])).toEqual([entry]);
      });

      it('tells apart the longest identities, whatever characters they have', async () => {
        const stem = `customer:shop:${'界'.repeat(490)}`;
        const identities = [
          `${stem}a`,
          `${stem}b`,
          'eid:x:\u0000',
          'eid:x:\u0001',
          'eid:x:',
          `eid:x:${'😀'.repeat(250)}`,
        ];
        const entries = await lookups.identities.assign(identities, counter(1));
        expect(entries.map((entry) => entry.iid)).toEqual([1, 2, 3, 4, 5, 6]);
        expect(await lookups.identities.resolve(identities)).toEqual(entries);
      });

      it('refuses an identity longer than 512 characters, and knows none', async () => {
        const identity = `eid:x:${'a'.repeat(507)}`;
        await expect(lookups.identities.assign([identity], counter(1))).rejects.toThrow(RangeError);
        expect(await lookups.identities.resolve([identity, ''])).toEqual([undefined, undefined]);
      });
    });

    describe('people', () => {
      const person: PersonRecord = {
        uid: 3,
        members: [
          { iid: 3, identity: 'cookie:abc' },
          { iid: 2 ** 40, identity: 'partner:p:ü' },
        ],
        edges: [
          { kind: 'partner', a: 2 ** 40, b: 3, at: 1_700_000_000_123 },
          { kind: 'event', a: 3, b: 2 ** 40, at: 5 },
        ],
        choices: [{ iid: 3, at: 1_700_000_000_000, optedOut: true }],
      };

      it('a person is what was put; a number without one is its own person', async () => {
        await lookups.people.put({ records: [person], removed: [], uidOf: [{ iid: 2 ** 40, uid: 3 }] });
        expect(await lookups.people.get([3, 4])).toEqual([person, undefined]);
        expect(await lookups.people.uidOf([3, 2 ** 40, 77])).toEqual([3, 3, 77]);
      });

      it('a split person leaves numbers that are their own again', async () => {
        await lookups.people.put({ records: [person], removed: [], uidOf: [{ iid: 2 ** 40, uid: 3 }] });
        await lookups.people.put({ records: [], removed: [3], uidOf: [{ iid: 2 ** 40, uid: 2 ** 40 }] });
        expect(await lookups.people.get([3])).toEqual([undefined]);
        expect(await lookups.people.uidOf([3, 2 ** 40])).toEqual([3, 2 ** 40]);
      });

      it('writes nothing of a change with a fault in it', async () => {
        const broken = { ...person, edges: [{ kind: 'event' as const, a: 3, b: 4, at: -1 }] };
        const change = { records: [{ ...person, uid: 1 }, broken], removed: [], uidOf: [{ iid: 9, uid: 1 }] };
        await expect(lookups.people.put(change)).rejects.toThrow(RangeError);
        expect(await lookups.people.get([1, 3])).toEqual([undefined, undefined]);
        expect(await lookups.people.uidOf([9])).toEqual([9]);
      });
    });

    describe('memberships', () => {
      const record = (uid: number, count: number): MembershipRecord => ({
        uid,
        version: 2 ** 33 + uid,
        consent: 31,
        evaluatedAt: 1_700_000_000_123,
        memberships: Array.from({ length: count }, (_, i) => ({
          audience: i * 1000 + 1,
          sinceS: 1_700_000_000 + i,
          untilS: i % 2 === 0 ? FOREVER_S : 1_800_000_000 + i,
        })),
      });

      it('a record is what was put last, until it is removed', async () => {
        await lookups.memberships.put([record(1, 10), record(2 ** 35, 0), record(3, 2_000)]);
        await lookups.memberships.put([record(1, 3)]);
        expect(await lookups.memberships.get(1)).toEqual(record(1, 3));
        expect(await lookups.memberships.getMany([3, 9, 2 ** 35])).toEqual([
          record(3, 2_000),
          undefined,
          record(2 ** 35, 0),
        ]);
        await lookups.memberships.remove([3, 9]);
        expect(await lookups.memberships.get(3)).toBeUndefined();
      });

      it('an answer does not change when the next one is read', async () => {
        await lookups.memberships.put([record(1, 2), record(2, 5)]);
        const first = await lookups.memberships.get(1);
        await lookups.memberships.get(2);
        expect(first).toEqual(record(1, 2));
      });
    });

    describe('claims', () => {
      const at = (offset: number) => ({ partition: 1, offset });
      const claim = (key: string, offset: number, expiresAt = 2_000_000) => ({
        key,
        position: at(offset),
        expiresAt,
      });

      it('the first position holds a claim, also against a repeat in the same call', async () => {
        const first = await lookups.claims.claim(
          's',
          [claim('a', 1), claim('a', 2), claim('b', 3)],
          1_000_000,
        );
        expect(first).toEqual([at(1), at(1), at(3)]);
        expect(await lookups.claims.claim('s', [claim('b', 4), claim('c', 5)], 1_000_000)).toEqual([
          at(3),
          at(5),
        ]);
      });

      it('its own position wins again', async () => {
        await lookups.claims.claim('s', [claim('a', 2 ** 40)], 1_000_000);
        expect(await lookups.claims.claim('s', [claim('a', 2 ** 40)], 1_000_000)).toEqual([at(2 ** 40)]);
      });

      it('an expired claim counts as absent', async () => {
        await lookups.claims.claim('s', [claim('a', 1, 2_000_000)], 1_000_000);
        expect(await lookups.claims.has('s', ['a', 'b'], 1_999_999)).toEqual([true, false]);
        expect(await lookups.claims.has('s', ['a'], 2_000_000)).toEqual([false]);
        expect(await lookups.claims.claim('s', [claim('a', 2, 3_000_000)], 2_000_000)).toEqual([at(2)]);
        expect(await lookups.claims.has('s', ['a'], 2_500_000)).toEqual([true]);
      });

      it('keeps spaces apart', async () => {
        await lookups.claims.claim('s', [claim('a', 1)], 1_000_000);
        expect(await lookups.claims.claim('s2', [claim('a', 2)], 1_000_000)).toEqual([at(2)]);
        expect(await lookups.claims.claim('event:p', [claim('q', 3)], 1_000_000)).toEqual([at(3)]);
        expect(await lookups.claims.claim('event', [claim('p:q', 4)], 1_000_000)).toEqual([at(4)]);
      });

      it('takes keys of any length', async () => {
        const long = 'k'.repeat(5_000);
        expect(
          await lookups.claims.claim('s', [claim(long, 1), claim(`${long}!`, 2), claim(long, 3)], 1_000_000),
        ).toEqual([at(1), at(2), at(1)]);
        expect(await lookups.claims.has('s', [long, `${long}?`], 1_000_000)).toEqual([true, false]);
      });

      it('sweeping forgets what expired, a bounded piece at a time, and nothing else', async () => {
        const old = Array.from({ length: 25 }, (_, i) => claim(`old${i}`, i, 1_500_000 + i * 1000));
        await lookups.claims.claim(
          's',
          [...old, claim('young', 99, 9_000_000), claim('again', 1, 1_500_000)],
          1_000_000,
        );
        await lookups.claims.claim('s', [claim('again', 2, 9_000_000)], 1_600_000);
        expect(await lookups.claims.sweep(1_400_000, 10)).toBe(0);
        const pieces: number[] = [];
        for (let i = 0; i < 10; i++) pieces.push(await lookups.claims.sweep(2_000_000, 10));
        expect(Math.max(...pieces)).toBeLessThanOrEqual(10);
        expect(pieces.reduce((a, b) => a + b)).toBe(subject.forgetsByItself ? 0 : 25);
        expect(await lookups.claims.has('s', ['old1', 'young', 'again'], 2_000_000)).toEqual([
          false,
          true,
          true,
        ]);
      });
    });

    describe('counters', () => {
      it('a lease grants up to the limit and then nothing', async () => {
        expect(await lookups.counters.lease('c', 60, 100)).toBe(60);
        expect(await lookups.counters.lease('c', 60, 100)).toBe(40);
        expect(await lookups.counters.lease('c', 60, 100)).toBe(0);
        expect(await lookups.counters.get(['c', 'other'])).toEqual([100, 0]);
      });

      it('a limit that was lowered below what is taken grants nothing and takes nothing back', async () => {
        await lookups.counters.lease('c', 60, 100);
        expect(await lookups.counters.lease('c', 5, 50)).toBe(0);
        expect(await lookups.counters.get(['c'])).toEqual([60]);
      });

      it('gives back and never falls below zero', async () => {
        await lookups.counters.lease('c', 60, 100);
        expect(await lookups.counters.add('c', -20)).toBe(40);
        expect(await lookups.counters.add('c', -50)).toBe(0);
        expect(await lookups.counters.add('c', Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
      });
    });

    describe('documents', () => {
      it('keeps the greatest revision', async () => {
        expect(await lookups.documents.revision('edge')).toBe(0);
        expect(await lookups.documents.get('edge')).toBeUndefined();
        expect(await lookups.documents.put('edge', 2, Buffer.from('two'))).toBe(true);
        expect(await lookups.documents.put('edge', 2, Buffer.from('again'))).toBe(false);
        expect(await lookups.documents.put('edge', 1, Buffer.from('one'))).toBe(false);
        expect(await lookups.documents.revision('edge')).toBe(2);
        expect(await lookups.documents.get('edge')).toEqual({ revision: 2, body: Buffer.from('two') });
      });

      it('a body may be empty or have megabytes', async () => {
        const body = Buffer.alloc(5_000_000, 'muster');
        await lookups.documents.put('bidding', Date.now(), body);
        await lookups.documents.put('empty', 1, Buffer.alloc(0));
        expect((await lookups.documents.get('bidding'))?.body.equals(body)).toBe(true);
        expect((await lookups.documents.get('empty'))?.body.length).toBe(0);
      });
    });

    it('the epoch is absent until it is set, and outlives a restart with everything else', async () => {
      expect(await lookups.epoch()).toBeUndefined();
      await lookups.setEpoch('2026-01-01/abc');
      await lookups.identities.assign(['maid:a'], counter(5));
      await lookups.close();
      lookups = await subject.open();
      expect(await lookups.epoch()).toBe('2026-01-01/abc');
      expect(await lookups.identities.resolve(['maid:a'])).toEqual([fresh(5)]);
    });

    it('counts what it keeps', async () => {
      await lookups.identities.assign(['maid:a', 'maid:b'], counter(5));
      const stats = await lookups.stats();
      expect(stats['identities_count']).toBe(2);
      // An engine that cannot tell the bytes of a namespace leaves them out.
      expect(stats['identities_bytes'] ?? 1).toBeGreaterThan(0);
      expect(stats['memberships_count']).toBe(0);
    });

    describe('with several processes', () => {
      let workers: Worker[];
      beforeEach(async () => {
        workers = await Promise.all([1, 2, 3].map(() => startWorker(subject)));
      });
      afterEach(() => Promise.all(workers.map((worker) => worker.close())));

      it('no identity ever has two numbers: the loser takes the winner’s', async () => {
        const identities = Array.from({ length: 3_000 }, (_, i) => `maid:${i}`);
        const results = await Promise.all(
          workers.map((worker, w) =>
            worker.run({ kind: 'assign', identities, firstIid: (w + 1) * 1_000_000 }),
          ),
        );
        const iids = results.map((result) => ('iids' in result ? result.iids : []));
        expect(iids[0]).toHaveLength(3_000);
        expect(iids[1]).toEqual(iids[0]);
        expect(iids[2]).toEqual(iids[0]);
        expect(new Set(iids[0]).size).toBe(3_000);
        const here = await lookups.identities.resolve(identities);
        expect(here.map((entry) => entry?.iid)).toEqual(iids[0]);
      });

      it('leases never pass the limit together', async () => {
        const results = await Promise.all(
          workers.map((worker, w) =>
            worker.run({ kind: 'lease', key: 'budget', want: 7 + w, limit: 1_000, times: 60 }),
          ),
        );
        const granted = results.flatMap((result) => ('granted' in result ? result.granted : []));
        expect(granted.reduce((a, b) => a + b)).toBe(1_000);
        expect(await lookups.counters.get(['budget'])).toEqual([1_000]);
      });

      it('each revision of a document is written once, and the greatest stays', async () => {
        const revisions = Array.from({ length: 50 }, (_, i) => i + 1);
        const results = await Promise.all(
          workers.map((worker) => worker.run({ kind: 'put', name: 'edge', revisions })),
        );
        const written = results.flatMap((result) => ('written' in result ? result.written : []));
        expect(new Set(written).size).toBe(written.length);
        expect(await lookups.documents.get('edge')).toEqual({ revision: 50, body: Buffer.from('body 50') });
      });

      it('a claim has one holder', async () => {
        const keys = Array.from({ length: 500 }, (_, i) => `e${i}`);
        const results = await Promise.all(
          workers.map((worker, w) =>
            worker.run({
              kind: 'claim',
              space: 's',
              keys,
              position: { partition: w, offset: 9 },
              expiresAt: 2_000,
              nowMs: 1_000,
            }),
          ),
        );
        const holders = results.map((result) => ('holders' in result ? result.holders : []));
        expect(holders[0]).toHaveLength(500);
        expect(holders[1]).toEqual(holders[0]);
        expect(holders[2]).toEqual(holders[0]);
      });

      it('a process that reads without pause sees what another wrote', async () => {
        const seen = workers.map((worker) => worker.run({ kind: 'watch', identity: 'maid:news', busyMs: 5 }));
        await lookups.identities.assign(['maid:news'], counter(1));
        expect(await Promise.all(seen)).toEqual([{ seen: true }, { seen: true }, { seen: true }]);
      });
    });
  });
}

function counter(first: number): () => number {
  let next = first;
  return () => next++;
}

function fresh(iid: number) {
  return { iid, uid: iid, confirmed: false, optedOut: false };
}
