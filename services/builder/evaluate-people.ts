import { type ConsentBits } from '../shared/domain/consent/bits';
import { StateTable, type StatesRow } from '../shared/domain/rule/states-sql';
import type { Lake } from '../shared/stores/lake/lake';
import { untilSeconds, type PersonVerdict } from './membership-diff';
import type { Person } from './people';
import type { ActiveAudience, RuleSet } from './rule-set';

/**
 * What the rules say of these people at `at`, from the newest rows of the lake: memberships with their ends, the
 * stored consent, and nothing at all for who opted out.
 */
export async function evaluatePeople(
  lake: Pick<Lake, 'query'>,
  rules: RuleSet,
  people: readonly Person[],
  audiences: readonly ActiveAudience[],
  at: number,
): Promise<PersonVerdict[]> {
  const compiled = rules.together(audiences);
  const numbers = people.flatMap(({ uid, iids }) => iids.map((iid) => ({ iid, uid })));
  const queries = compiled.statesQueries({ at, people: numbers });
  const table = new StateTable(compiled.leaves);
  const [optedOut, consents] = await Promise.all([
    readOptOuts(lake, people),
    readConsents(lake, people),
    ...queries.map(async (query) => table.add(query, await lake.query<StatesRow>(query.sql))),
  ]);

  return people.map(({ uid }) => {
    const stateOf = table.of(uid);
    const out = optedOut.has(uid);
    const untilS = new Map<number, number>();
    // Who opted out is in no audience, evaluated or not.
    if (out) for (const number of rules.numbers) untilS.set(number, 0);
    else {
      audiences.forEach((audience, i) => {
        const state = compiled.rules[i]?.evaluate(stateOf);
        untilS.set(audience.number, state?.holds ? untilSeconds(state.until) : 0);
      });
    }
    return { uid, consent: consents.get(uid) ?? 0, untilS };
  });
}

/** Persons whose newest choice, of all their identities, is an opt-out; at equal time the opt-out counts. */
async function readOptOuts(lake: Pick<Lake, 'query'>, people: readonly Person[]): Promise<Set<number>> {
  const rows = await lake.query<{ number: number; choice: [at: number, out: number] }>(
    `SELECT toFloat64(iid) AS number, max((toFloat64(toUnixTimestamp64Milli(at)), opted_out)) AS choice
       FROM privacy_rows WHERE iid IN (${iidList(people)}) GROUP BY iid`,
  );
  const choices = new Map(rows.map((row) => [row.number, row.choice]));
  const out = new Set<number>();
  for (const { uid, iids } of people) {
    let newest: [at: number, out: number] = [-Infinity, 0];
    for (const iid of iids) {
      const choice = choices.get(iid) ?? newest;
      if (choice[0] > newest[0] || (choice[0] === newest[0] && choice[1] > newest[1])) newest = choice;
    }
    if (newest[1] === 1) out.add(uid);
  }
  return out;
}

/** Newest stated consent of each person; what was stated at the same moment must all allow. */
async function readConsents(
  lake: Pick<Lake, 'query'>,
  people: readonly Person[],
): Promise<Map<number, ConsentBits>> {
  const rows = await lake.query<{ number: number; ms: number; bits: number }>(
    `SELECT toFloat64(iid) AS number, toFloat64(toUnixTimestamp64Milli(at)) AS ms, groupBitAnd(consent) AS bits
       FROM consent_rows WHERE iid IN (${iidList(people)}) GROUP BY iid, at ORDER BY at DESC LIMIT 1 BY iid`,
  );
  const stated = new Map(rows.map((row) => [row.number, row]));
  const consents = new Map<number, ConsentBits>();
  for (const { uid, iids } of people) {
    let newest = -Infinity;
    for (const iid of iids) {
      const row = stated.get(iid);
      if (!row || row.ms < newest) continue;
      consents.set(uid, row.ms > newest ? row.bits : row.bits & (consents.get(uid) ?? row.bits));
      newest = row.ms;
    }
  }
  return consents;
}

function iidList(people: readonly Person[]): string {
  return people.flatMap((person) => person.iids).join();
}
