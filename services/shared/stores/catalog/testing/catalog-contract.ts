import type { Catalog } from '../catalog';

export interface CatalogUnderTest {
  /** Opens the same catalog; again after it was closed. */
  open(): Promise<Catalog>;
  /** Removes the data. */
  dispose(): Promise<void>;
}

const at = new Date('2026-03-01T10:00:00Z');
const publisher = (id: string) => ({
  id,
  ownerId: null,
  definition: { name: id, domains: [`${id}.example`] },
  refs: [],
});

/** What every engine of CATALOG must hold. */
export function catalogContract(engine: string, create: () => Promise<CatalogUnderTest>): void {
  describe(`the contract of CATALOG on ${engine}`, () => {
    let subject: CatalogUnderTest;
    let catalog: Catalog;

    beforeAll(async () => {
      subject = await create();
      catalog = await subject.open();
    });
    afterAll(async () => {
      await catalog.close();
      await subject.dispose();
    });

    test('keeps everything when opened again', async () => {
      await catalog.kv.put('epoch', 'one');
      await catalog.close();
      catalog = await subject.open();
      expect(await catalog.kv.get('epoch')).toBe('one');
      await catalog.kv.put('epoch', 'two');
      expect(await catalog.kv.get('epoch')).toBe('two');
      expect(await catalog.kv.get('never')).toBeUndefined();
    });

    test('changes at once take turns, and none sees half of another', async () => {
      const before = await catalog.revision();
      const revisions = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          catalog.change(at, async (change) => {
            await change.resources.publisher.create([publisher(`turn-${n}-a`), publisher(`turn-${n}-b`)]);
            return change.revision;
          }),
        ),
      );
      expect([...revisions].sort((a, b) => a - b)).toEqual(revisions.map((_, n) => before + 1 + n));
      const news = await catalog.newsSince(before);
      expect(news.resources.publisher.filter(({ id }) => id.startsWith('turn-'))).toHaveLength(16);
    });

    test('blocks of numbers start at 1, never overlap, and go on after a restart', async () => {
      const sizes = [10, 1, 10_000, 3, 7];
      const firsts = await Promise.all(sizes.map((size) => catalog.nextBlock('iid', size)));
      const numbers = firsts.flatMap((first, index) =>
        Array.from({ length: Math.min(sizes[index] ?? 0, 20) }, (_, n) => first + n),
      );
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(Math.min(...numbers)).toBe(1);
      await catalog.close();
      catalog = await subject.open();
      expect(await catalog.nextBlock('iid', 5)).toBe(10_022);
      expect(await catalog.nextBlock('audience', 1)).toBe(1);
    });

    test('a counter is raised, never lowered', async () => {
      await catalog.raiseCounter('raised', 500);
      expect(await catalog.nextBlock('raised', 10)).toBe(500);
      await catalog.raiseCounter('raised', 7);
      expect(await catalog.nextBlock('raised', 1)).toBe(510);
    });

    test('a plan is replaced per partition', async () => {
      const first = { topic: 'events' as const, partition: 1, from: 5, to: 9 };
      expect(await catalog.plans.replace(undefined, first)).toBe(true);
      expect(await catalog.plans.replace(first, { ...first, from: 9, to: 30 })).toBe(true);
      expect(await catalog.plans.replace(undefined, { ...first, partition: 0, from: 0, to: 1 })).toBe(true);
      // Who knows of an older one, or of none, changes nothing.
      expect(await catalog.plans.replace(first, { ...first, from: 9, to: 20 })).toBe(false);
      expect(await catalog.plans.replace(undefined, { ...first, from: 9, to: 20 })).toBe(false);
      expect(await catalog.plans.get('events', 1)).toEqual({
        topic: 'events',
        partition: 1,
        from: 9,
        to: 30,
      });
      expect(await catalog.plans.get('events', 7)).toBeUndefined();
    });

    test('a change raises the revision; a change that fails leaves nothing behind', async () => {
      const before = await catalog.revision();
      await catalog.change(at, (change) => change.resources.publisher.create([publisher('news')]));
      expect(await catalog.revision()).toBe(before + 1);
      await expect(
        catalog.change(at, async (change) => {
          await change.resources.publisher.create([publisher('other')]);
          await change.nextBlock('audience', 10);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await catalog.revision()).toBe(before + 1);
      expect(await catalog.resources.publisher.get('other')).toBeUndefined();
      expect(await catalog.nextBlock('audience', 1)).toBe(2);
    });

    test('news hold what changed since, archived ones too', async () => {
      const start = await catalog.revision();
      await catalog.change(at, (change) =>
        change.resources.publisher.create([publisher('a'), publisher('b')]),
      );
      const middle = await catalog.revision();
      await catalog.change(at, (change) => change.resources.publisher.archive('a'));
      const names = (news: Awaited<ReturnType<Catalog['newsSince']>>) =>
        news.resources.publisher.map(({ id, archivedAt }) => [id, archivedAt !== null]);
      expect(names(await catalog.newsSince(start))).toEqual([
        ['a', true],
        ['b', false],
      ]);
      expect(names(await catalog.newsSince(middle))).toEqual([['a', true]]);
      expect((await catalog.newsSince(middle)).revision).toBe(middle + 1);
      expect(await catalog.resources.publisher.get('a')).toBeUndefined();
      expect(await catalog.resources.publisher.takenIds(['a', 'zz'])).toEqual(['a']);
    });

    test('a list goes on behind its last item, in the order of creation', async () => {
      await catalog.change(at, (change) =>
        change.resources.partner.create(
          ['p3', 'p1', 'p2'].map((id) => ({
            id,
            ownerId: null,
            definition: { name: id, uidMacro: '$UID', redirectHosts: [] },
            refs: [],
          })),
        ),
      );
      const first = await catalog.resources.partner.list({ limit: 2 });
      expect(first.map((item) => item.id)).toEqual(['p3', 'p1']);
      const rest = await catalog.resources.partner.list({ limit: 2, after: first[1]?.seq });
      expect(rest.map((item) => item.id)).toEqual(['p2']);
    });

    test('references are found by what they refer to', async () => {
      await catalog.change(at, (change) =>
        change.resources.exchange.create([
          {
            id: 'x1',
            ownerId: null,
            definition: {
              name: 'x',
              matching: { partner: 'p1' },
              currencies: [],
              billing: 'burl',
              allowCidrs: [],
            },
            refs: ['partner:p1'],
          },
        ]),
      );
      expect(await catalog.resources.exchange.referringTo(['partner:p1', 'partner:zz'], 5)).toEqual([
        { id: 'x1', ownerId: null },
      ]);
      expect(await catalog.resources.exchange.referringTo(['partner:p'], 5)).toEqual([]);
    });

    test("the builder's word on a version that is no longer current is ignored", async () => {
      await catalog.change(at, async (change) => {
        await change.resources.audience.create([
          {
            id: 'buyers',
            ownerId: null,
            definition: { name: 'Buyers', rule: { identity: 'maid' } },
            refs: [],
          },
        ]);
        await change.audienceStates.begin({ id: 'buyers', number: 11, version: 1 });
      });
      const word = {
        id: 'buyers',
        version: 1,
        status: 'ready' as const,
        size: 7,
        materializedAt: 5,
        watermark: 4,
      };
      await catalog.audienceStates.put([{ ...word, number: 11 }]);
      expect(await catalog.audienceStates.list()).toEqual([{ ...word, number: 11, name: 'Buyers' }]);
      await catalog.change(at, (change) =>
        change.audienceStates.begin({ id: 'buyers', number: 12, version: 2 }),
      );
      await catalog.audienceStates.put([{ ...word, number: 11 }]);
      expect(await catalog.audienceStates.list(['buyers'])).toMatchObject([
        { number: 12, version: 2, status: 'building', size: 0, materializedAt: 0 },
      ]);
    });

    test('a revoked key is not seen any more', async () => {
      const key = { id: 'k1', hash: 'ff', role: { kind: 'advertiser' as const, id: 'acme' }, name: 'desk' };
      await catalog.change(at, (change) => change.keys.create(key));
      expect(await catalog.keys.byHash('ff')).toMatchObject(key);
      expect(await catalog.keys.ofTenant('advertiser', 'acme', 5)).toHaveLength(1);
      expect(await catalog.change(at, (change) => change.keys.revoke('k1'))).toBe(true);
      expect(await catalog.keys.byHash('ff')).toBeUndefined();
      expect(await catalog.change(at, (change) => change.keys.revoke('k1'))).toBe(false);
    });
  });
}
