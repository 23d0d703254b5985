import { CONSENT, CONSENT_DEFAULT_ALLOWED } from '../shared/domain/consent/bits';
import { FOREVER_S, type MembershipRecord } from '../shared/stores/lookups/lookups';
import { diffMemberships, untilSeconds } from './membership-diff';

const NOW = 1_700_000_000_000;
const NOW_S = NOW / 1000;
const active = new Set([1, 2, 3]);

function record(memberships: MembershipRecord['memberships'], consent = 0): MembershipRecord {
  return { uid: 7, version: 4, consent, evaluatedAt: NOW - 1000, memberships };
}

function verdict(untilS: [number, number][], consent = 0) {
  return { uid: 7, consent, untilS: new Map(untilS) };
}

describe('diffMemberships', () => {
  it('enters with the moment of the evaluation and sorts by audience', () => {
    const diff = diffMemberships(
      undefined,
      verdict([
        [3, FOREVER_S],
        [1, NOW_S + 60],
      ]),
      active,
      NOW,
    );
    expect(diff.record?.memberships).toEqual([
      { audience: 1, sinceS: NOW_S, untilS: NOW_S + 60 },
      { audience: 3, sinceS: NOW_S, untilS: FOREVER_S },
    ]);
    expect(diff.entered).toEqual([3, 1]);
    expect(diff.rows).toHaveLength(2);
  });

  it('writes nothing when nothing changed', () => {
    const stored = record([{ audience: 1, sinceS: 5, untilS: FOREVER_S }]);
    expect(
      diffMemberships(
        stored,
        verdict([
          [1, FOREVER_S],
          [2, 0],
        ]),
        active,
        NOW,
      ),
    ).toEqual({
      rows: [],
      remove: false,
      entered: [],
      left: [],
    });
  });

  it('keeps since when only the end moves', () => {
    const stored = record([{ audience: 1, sinceS: 5, untilS: NOW_S + 10 }]);
    const diff = diffMemberships(stored, verdict([[1, NOW_S + 90]]), active, NOW);
    expect(diff.record).toMatchObject({
      version: 5,
      memberships: [{ audience: 1, sinceS: 5, untilS: NOW_S + 90 }],
    });
    expect(diff.entered).toEqual([]);
    expect(diff.rows).toEqual([{ audience: 1, uid: 7, sinceS: 5, untilS: NOW_S + 90, deleted: false }]);
  });

  it('removes the record of who left everything', () => {
    const stored = record([{ audience: 1, sinceS: 5, untilS: FOREVER_S }]);
    const diff = diffMemberships(stored, verdict([[1, 0]]), active, NOW);
    expect(diff).toEqual({
      rows: [{ audience: 1, uid: 7, sinceS: 5, untilS: 0, deleted: true }],
      remove: true,
      entered: [],
      left: [1],
    });
  });

  it('keeps audiences that were not evaluated and drops numbers that are no longer active', () => {
    const stored = record([
      { audience: 1, sinceS: 5, untilS: FOREVER_S },
      { audience: 9, sinceS: 5, untilS: FOREVER_S },
    ]);
    const diff = diffMemberships(stored, verdict([]), active, NOW);
    expect(diff.record?.memberships).toEqual([{ audience: 1, sinceS: 5, untilS: FOREVER_S }]);
    expect(diff.left).toEqual([9]);
  });

  it('restates what the lake has wrong, without touching a record that is right', () => {
    const stored = record([{ audience: 1, sinceS: 5, untilS: FOREVER_S }]);
    const held = diffMemberships(stored, verdict([[1, FOREVER_S]]), active, NOW, 1);
    expect(held.record).toBeUndefined();
    expect(held.rows).toMatchObject([{ audience: 1, sinceS: 5, deleted: false }]);
    const absent = diffMemberships(undefined, verdict([[2, 0]]), active, NOW, 2);
    expect(absent.record).toBeUndefined();
    expect(absent).toMatchObject({ rows: [{ audience: 2, deleted: true }], left: [] });
  });

  it('never enters an audience that is not active', () => {
    expect(diffMemberships(undefined, verdict([[9, FOREVER_S]]), active, NOW).rows).toEqual([]);
  });

  it('stores a refusal even without memberships, and lets it go when it is taken back', () => {
    const refused = diffMemberships(undefined, verdict([], CONSENT.signal | CONSENT.storage), active, NOW);
    expect(refused.record).toMatchObject({ memberships: [], consent: CONSENT.signal | CONSENT.storage });
    const allowed = CONSENT.signal | CONSENT_DEFAULT_ALLOWED;
    const taken = diffMemberships(refused.record, verdict([], allowed), active, NOW);
    expect(taken.record).toBeUndefined();
    expect(taken.remove).toBe(true);
  });
});

describe('untilSeconds', () => {
  it('rounds down and keeps "for ever"', () => {
    expect(untilSeconds(1999)).toBe(1);
    expect(untilSeconds(Number.POSITIVE_INFINITY)).toBe(FOREVER_S);
  });
});
