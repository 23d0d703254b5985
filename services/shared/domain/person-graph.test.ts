import * as fc from 'fast-check';
import { type GraphPerson, isOptedOut, PERSON_IDENTITIES_MAX, PersonGraph } from './person-graph';

type Fact =
  { kind: 'event'; a: number; b: number; at: number } | { kind: 'partner'; a: number; b: number; at: number };

/** Identities 1–6 are cookies and the like, 7–10 partners' ids. */
const plain = fc.integer({ min: 1, max: 6 });
const partner = fc.integer({ min: 7, max: 10 });
const at = fc.integer({ min: 1, max: 5 });
const fact: fc.Arbitrary<Fact> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('event' as const), a: plain, b: fc.oneof(plain, partner), at }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('partner' as const),
      a: partner,
      b: fc.oneof(plain, fc.constant(0)),
      at,
    }),
  },
);

/** What a person is, said as plainly as possible: edges that hold at the end, joined until nothing changes. */
function naive(facts: readonly Fact[]): number[] {
  const edges: [number, number][] = facts.flatMap((f) =>
    f.kind === 'event' ? [[f.a, f.b] as [number, number]] : [],
  );
  for (let id = 7; id <= 10; id++) {
    const own = facts.filter((f) => f.kind === 'partner' && f.a === id);
    const [last] = own.sort((x, y) => y.at - x.at || y.b - x.b);
    if (last !== undefined && last.b !== 0) edges.push([id, last.b]);
  }
  const uids = Array.from({ length: 11 }, (_, id) => id);
  for (let round = 0; round < 11; round++) {
    for (const [a, b] of edges) uids[a] = uids[b] = Math.min(uids[a]!, uids[b]!);
  }
  return uids.slice(1);
}

function apply(graph: PersonGraph, facts: readonly Fact[]): void {
  for (const f of facts) {
    if (f.kind === 'event') graph.linkEvent(f.a, f.b, f.at);
    else graph.linkPartner(f.a, f.b, f.at);
  }
}

function withIdentities(persons: Iterable<GraphPerson> = []): PersonGraph {
  const graph = new PersonGraph(persons);
  for (let iid = 1; iid <= 10; iid++) graph.add({ iid, identity: `i${iid}` });
  return graph;
}

function uids(graph: PersonGraph): number[] {
  const result: number[] = [];
  for (const person of graph.persons()) for (const { iid } of person.members) result[iid - 1] = person.uid;
  return result;
}

describe('persons', () => {
  it('equal the naive union with partner moves, in any order of arrival and any division into batches', () => {
    const facts = fc.array(fact, { maxLength: 30 });
    fc.assert(
      fc.property(facts, fc.nat(30), fc.infiniteStream(fc.nat(1_000)), (arrived, cut, random) => {
        const expected = naive(arrived);
        const shuffled = arrived
          .map((f) => ({ f, order: random.next().value as number }))
          .sort((x, y) => x.order - y.order)
          .map(({ f }) => f);
        const first = withIdentities();
        apply(first, shuffled.slice(0, cut));
        // As after a restart: the second batch starts from what was stored of the first.
        const second = withIdentities(first.persons());
        expect(second.persons()).toEqual(first.persons());
        apply(second, shuffled.slice(cut));
        expect(uids(second)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('arriving again, nothing changes', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 20 }), (facts) => {
        const graph = withIdentities();
        apply(graph, facts);
        const before = graph.persons();
        apply(graph, facts);
        expect(graph.persons()).toEqual(before);
      }),
    );
  });

  it('a newer sync moves a partner’s id and joins no two cookies', () => {
    const graph = withIdentities();
    expect(graph.linkPartner(7, 1, 100)).toBe('linked');
    expect(graph.linkPartner(7, 2, 200)).toBe('linked');
    expect(graph.linkPartner(7, 3, 150)).toBe('unchanged');
    expect(uids(graph).slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 2]);
  });

  it('taking a partner’s id off keeps what events linked, and an older sync does not bring it back', () => {
    const graph = withIdentities();
    graph.linkPartner(7, 1, 100);
    graph.linkEvent(7, 5, 100);
    graph.linkPartner(7, 0, 200);
    expect(uids(graph)[6]).toBe(5);
    const again = new PersonGraph(graph.persons());
    expect(again.linkPartner(7, 1, 150)).toBe('unchanged');
    expect(uids(again)[6]).toBe(5);
  });

  it('a pair linked twice over stays linked when one of the links goes', () => {
    const graph = withIdentities();
    graph.linkEvent(7, 1, 100);
    graph.linkPartner(7, 1, 100);
    graph.linkPartner(7, 2, 200);
    expect(uids(graph).slice(0, 2)).toEqual([1, 1]);
  });

  it('refuses to grow beyond the limit, and a refused move leaves the id where it was', () => {
    const graph = new PersonGraph();
    for (let iid = 1; iid <= PERSON_IDENTITIES_MAX; iid++) graph.add({ iid, identity: `i${iid}` });
    for (let iid = 2; iid <= PERSON_IDENTITIES_MAX; iid++) expect(graph.linkEvent(1, iid, 1)).toBe('linked');
    // Both are in it already: nothing grows.
    expect(graph.linkEvent(2, 3, 1)).toBe('linked');
    graph.add({ iid: 5_000, identity: 'cookie' });
    graph.add({ iid: 5_001, identity: 'partner' });
    expect(graph.linkEvent(5_000, 9, 1)).toBe('too_large');
    expect(graph.linkPartner(5_001, 5_000, 1)).toBe('linked');
    expect(graph.linkPartner(5_001, 9, 2)).toBe('too_large');
    expect(
      graph
        .membersOf(5_001)
        .map((member) => member.iid)
        .sort(),
    ).toEqual([5_000, 5_001]);
    expect(graph.partnerEdgeOf(5_001)).toMatchObject({ b: 5_000, at: 1 });
    graph.add({ iid: 5_002, identity: 'partner' });
    expect(graph.linkPartner(5_002, 9, 1)).toBe('too_large');
    expect(graph.partnerEdgeOf(5_002)).toBeUndefined();
    expect(graph.linkPartner(5_002, 0, 1)).toBe('linked');
    expect(graph.linkPartner(5_002, 9, 2)).toBe('too_large');
    expect(graph.partnerEdgeOf(5_002)).toMatchObject({ b: 0, at: 1 });
  });

  it('know each link once, an event’s as it was first seen, a partner’s as it was last said', () => {
    const graph = withIdentities();
    expect(graph.linkEvent(2, 1, 100)).toBe('linked');
    expect(graph.linkEvent(1, 2, 200)).toBe('unchanged');
    expect(graph.linkPartner(7, 1, 100)).toBe('linked');
    expect(graph.linkPartner(7, 1, 100)).toBe('unchanged');
    expect(graph.linkPartner(7, 1, 300)).toBe('linked');
    expect(graph.persons()[0]).toEqual({
      uid: 1,
      members: [
        { iid: 1, identity: 'i1' },
        { iid: 2, identity: 'i2' },
        { iid: 7, identity: 'i7' },
      ],
      edges: [
        { kind: 'partner', a: 7, b: 1, at: 300 },
        { kind: 'event', a: 1, b: 2, at: 100 },
      ],
      choices: [],
    });
  });

  it('an identity is not linked to itself', () => {
    const graph = withIdentities();
    expect([graph.linkEvent(1, 1, 1), graph.linkPartner(7, 7, 1)]).toEqual(['unchanged', 'unchanged']);
    expect(graph.persons().flatMap(({ edges }) => edges)).toEqual([]);
  });

  it('an id that moved away is not taken along when its old cookie is parted from another', () => {
    const graph = withIdentities();
    graph.linkPartner(7, 1, 100);
    graph.linkPartner(7, 3, 200);
    graph.linkEvent(8, 1, 100);
    graph.linkPartner(8, 2, 100);
    graph.linkPartner(8, 4, 200);
    expect(uids(graph).slice(0, 8)).toEqual([1, 2, 3, 1, 5, 6, 3, 1]);
  });

  it('what is not in it is a mistake of ours', () => {
    const graph = withIdentities();
    const message = 'identity 99 is not in this graph';
    expect(() => graph.linkEvent(1, 99, 1)).toThrow(message);
    expect(() => graph.linkPartner(99, 1, 1)).toThrow(message);
    expect(() => graph.choose({ iid: 99, at: 1, optedOut: true })).toThrow(message);
    expect(() => graph.membersOf(99)).toThrow(message);
  });

  it.each([
    ['an opt-out after an opt-in of the same time counts', false, true, 10, true],
    ['an opt-in after an opt-out of the same time does not', true, false, 10, false],
    ['the same opt-out again does not', true, true, 10, false],
    ['the same opt-in again does not', false, false, 10, false],
    ['a newer opt-in counts', true, false, 11, true],
    ['an older opt-out does not', false, true, 9, false],
  ])('%s', (_, first, then, time, counts) => {
    const graph = withIdentities();
    const before = { iid: 1, at: 10, optedOut: first };
    const after = { iid: 1, at: time, optedOut: then };
    graph.choose(before);
    expect(graph.choose(after)).toBe(counts);
    expect(graph.persons()[0]!.choices).toEqual([counts ? after : before]);
    expect(isOptedOut([before, after])).toBe(counts ? then : first);
    expect(isOptedOut([after, before])).toBe(counts ? then : first);
  });

  it('are out by the newest choice of any member, at equal time by the opt-out', () => {
    const graph = withIdentities();
    graph.linkEvent(1, 2, 1);
    expect(graph.choose({ iid: 1, at: 10, optedOut: true })).toBe(true);
    expect(graph.choose({ iid: 1, at: 9, optedOut: false })).toBe(false);
    expect(graph.choose({ iid: 2, at: 10, optedOut: false })).toBe(true);
    const out = (): boolean => isOptedOut(graph.persons()[0]!.choices);
    expect(out()).toBe(true);
    expect(graph.choose({ iid: 2, at: 11, optedOut: false })).toBe(true);
    expect(out()).toBe(false);
    expect(isOptedOut([])).toBe(false);
  });
});
