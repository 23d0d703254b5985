import { allows, CONSENT, type ConsentBits } from '../../shared/domain/consent/bits';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups, MembershipRecord } from '../../shared/stores/lookups/lookups';
import type { Persons } from './read-persons';

/** Person numbers in one query; they are dense, so this bounds the rows as well. */
const UIDS_PER_SLICE = 100_000;

interface Stated {
  at: number;
  consent: ConsentBits;
}

/** What the builder had published last, and who refuses personalisation. Answers the number of records. */
export async function seedMemberships(options: {
  lake: Pick<Lake, 'query'>;
  lookups: Pick<Lookups, 'memberships'>;
  persons: Persons;
  /** LOOKUPS have records already: those of persons that the lake says nothing of go. */
  removeOthers: boolean;
}): Promise<number> {
  const { lake, lookups, persons, removeOthers } = options;
  const consents = await readConsents(lake, persons);
  const [range] = await lake.query<{ highest: string }>('SELECT max(uid) AS highest FROM membership_rows');
  const highest = [...consents.keys()].reduce(
    (high, uid) => Math.max(high, uid),
    Number(range?.highest ?? 0),
  );
  let count = 0;
  for (let from = 0; from <= highest; from += UIDS_PER_SLICE) {
    const rows = await lake.query<{ uid: string; audience: number; since: number; until: number }>(
      `SELECT uid, audience, toUnixTimestamp(since) AS since, until FROM membership_rows FINAL
       WHERE uid >= ${from} AND uid < ${from + UIDS_PER_SLICE} ORDER BY uid, audience`,
    );
    const records = new Map<number, MembershipRecord>();
    const recordOf = (uid: number): MembershipRecord => {
      let record = records.get(uid);
      if (record === undefined) {
        record = {
          uid,
          version: 1,
          consent: consents.get(uid)?.consent ?? 0,
          evaluatedAt: 0,
          memberships: [],
        };
        records.set(uid, record);
      }
      return record;
    };
    for (const { uid, audience, since, until } of rows) {
      const record = recordOf(Number(uid));
      record.memberships.push({ audience, sinceS: since, untilS: until });
      record.evaluatedAt = Math.max(record.evaluatedAt, since * 1000);
    }
    for (const [uid, { at, consent }] of consents) {
      if (uid < from || uid >= from + UIDS_PER_SLICE || !refuses(consent)) continue;
      const record = recordOf(uid);
      record.evaluatedAt = Math.max(record.evaluatedAt, at);
    }
    if (removeOthers) {
      const others = Array.from({ length: UIDS_PER_SLICE }, (_, i) => from + i).filter(
        (uid) => !records.has(uid),
      );
      await lookups.memberships.remove(others);
    }
    await lookups.memberships.put([...records.values()]);
    count += records.size;
  }
  return count;
}

function refuses(consent: ConsentBits): boolean {
  return (consent & CONSENT.signal) !== 0 && !allows(consent, 'personalisation');
}

/** The newest statement of each person; what was stated at the same moment must all allow. */
async function readConsents(lake: Pick<Lake, 'query'>, persons: Persons): Promise<Map<number, Stated>> {
  const rows = await lake.query<{ iid: string; at: string; consent: number }>(
    `SELECT iid, toUnixTimestamp64Milli(moment) AS at, consent FROM (
       SELECT iid, consent_rows.at AS moment, groupBitAnd(consent_rows.consent) AS consent
         FROM consent_rows GROUP BY iid, moment ORDER BY moment DESC LIMIT 1 BY iid
     )`,
  );
  const stated = new Map<number, Stated>();
  for (const row of rows) {
    const iid = Number(row.iid);
    const uid = persons.byIid.get(iid)?.uid ?? iid;
    const at = Number(row.at);
    const before = stated.get(uid);
    if (before === undefined || at > before.at) stated.set(uid, { at, consent: row.consent });
    else if (at === before.at) stated.set(uid, { at, consent: row.consent & before.consent });
  }
  return stated;
}
