import { allows, CONSENT, type ConsentBits } from '../shared/domain/consent/bits';
import { FOREVER_S, type Membership, type MembershipRecord } from '../shared/stores/lookups/lookups';

/** What the rules say of one person at one moment, for the audiences that were evaluated. */
export interface PersonVerdict {
  uid: number;
  consent: ConsentBits;
  /** Audience number → until when the membership holds (epoch seconds), 0 for "not a member". */
  untilS: ReadonlyMap<number, number>;
}

/** One row for the lake: the newest state of (audience, person). */
export interface MembershipRow {
  audience: number;
  uid: number;
  sinceS: number;
  untilS: number;
  deleted: boolean;
}

export interface MembershipDiff {
  rows: MembershipRow[];
  /** The record to store; absent when nothing changed or when the person is to be removed. */
  record?: MembershipRecord;
  remove: boolean;
  entered: number[];
  left: number[];
}

/** Seconds of an `until` in epoch ms: rounded down, so that nothing is used after it ran out. */
export function untilSeconds(untilMs: number): number {
  return untilMs >= FOREVER_S * 1000 ? FOREVER_S : Math.floor(untilMs / 1000);
}

/**
 * What must be written so that the stored record says what the verdict says. Audiences that were not evaluated
 * keep their membership, unless their number is no longer active (an older version, an archived audience).
 * `restate` names an audience whose row is written even where the lookups already agree: a full build found that
 * the lake says otherwise.
 */
export function diffMemberships(
  existing: MembershipRecord | undefined,
  verdict: PersonVerdict,
  active: ReadonlySet<number>,
  nowMs: number,
  restate?: number,
): MembershipDiff {
  const nowS = Math.floor(nowMs / 1000);
  const next: Membership[] = [];
  const rows: MembershipRow[] = [];
  const entered: number[] = [];
  const left: number[] = [];
  const { uid } = verdict;
  const before = new Map((existing?.memberships ?? []).map((m) => [m.audience, m]));

  const leave = (m: Membership): void => {
    rows.push({ audience: m.audience, uid, sinceS: m.sinceS, untilS: 0, deleted: true });
    left.push(m.audience);
  };

  for (const membership of before.values()) {
    const untilS = verdict.untilS.get(membership.audience);
    if (!active.has(membership.audience) || untilS === 0) leave(membership);
    else if (untilS === undefined || untilS === membership.untilS) next.push(membership);
    else {
      const extended = { ...membership, untilS };
      next.push(extended);
      rows.push({ ...extended, uid, deleted: false });
    }
  }
  for (const [audience, untilS] of verdict.untilS) {
    if (untilS === 0 || before.has(audience) || !active.has(audience)) continue;
    const membership = { audience, sinceS: nowS, untilS };
    next.push(membership);
    rows.push({ ...membership, uid, deleted: false });
    entered.push(audience);
  }

  const moved = rows.length > 0;
  if (restate !== undefined && !rows.some((row) => row.audience === restate)) {
    const held = next.find((membership) => membership.audience === restate);
    rows.push(
      held
        ? { ...held, uid, deleted: false }
        : { audience: restate, uid, sinceS: nowS, untilS: 0, deleted: true },
    );
  }

  // A refusal is worth a record of its own: without it the person would count as one who was never asked.
  const refuses = (verdict.consent & CONSENT.signal) !== 0 && !allows(verdict.consent, 'personalisation');
  const keep = next.length > 0 || refuses;
  const changed = moved || existing?.consent !== verdict.consent;
  if (!keep) return { rows, remove: existing !== undefined, entered, left };
  if (!changed) return { rows, remove: false, entered, left };
  next.sort((a, b) => a.audience - b.audience);
  return {
    rows,
    record: {
      uid,
      version: (existing?.version ?? 0) + 1,
      consent: verdict.consent,
      evaluatedAt: nowMs,
      memberships: next,
    },
    remove: false,
    entered,
    left,
  };
}
