import { eventWhere } from '../../shared/domain/rule/event-sql';
import type { EventLeaf, Leaf, TraitLeaf } from '../../shared/domain/rule/leaf';
import { allOf } from '../../shared/domain/rule/sql';
import { TRAIT_ORDER, traitWhere } from '../../shared/domain/rule/trait-sql';
import type { Lake } from '../../shared/stores/lake/lake';
import type { KnownPerson } from './person';

/** What there is about the person that a leaf looks at, in words of its own kind. */
export type Evidence = Record<string, unknown>;

export async function evidenceFor(
  lake: Lake,
  leaf: Leaf,
  options: { person: KnownPerson; at: number },
): Promise<Evidence> {
  const { person, at } = options;
  const people = `iid IN (${person.members.map((member) => member.iid).join()})`;
  switch (leaf.kind) {
    case 'identity':
      return {
        identities: person.members
          .map((member) => member.identity)
          .filter((identity) => identity.startsWith(`${leaf.identity}:`)),
      };
    case 'event':
      return eventEvidence(lake, leaf, people, at);
    case 'trait':
      return traitEvidence(lake, leaf, people, at);
  }
}

/** Events that pass the leaf's conditions inside its window. */
async function eventEvidence(lake: Lake, leaf: EventLeaf, people: string, at: number): Promise<Evidence> {
  const from = leaf.withinMs === undefined ? undefined : at - leaf.withinMs;
  const where = allOf([
    `type = {type:String}`,
    people,
    'at <= fromUnixTimestamp64Milli({at:Int64})',
    ...(from === undefined ? [] : ['at > fromUnixTimestamp64Milli({from:Int64})']),
    ...eventWhere(leaf),
  ]);
  const [row] = await lake.query<{ count: number; days: number; sum: string; first: number; last: number }>(
    `SELECT toFloat64(count()) AS count, toFloat64(uniqExact(toDate(at))) AS days,
       toString(sum(ifNull(value, toDecimal64(0, 6)))) AS sum,
       toFloat64(toUnixTimestamp64Milli(min(at))) AS first, toFloat64(toUnixTimestamp64Milli(max(at))) AS last
     FROM event_rows WHERE ${where}`,
    { params: { type: leaf.type, at, ...(from === undefined ? {} : { from }) } },
  );
  if (row === undefined || row.count === 0) return { count: 0 };
  return {
    count: row.count,
    days: row.days,
    sum: row.sum,
    firstAt: new Date(row.first).toISOString(),
    lastAt: new Date(row.last).toISOString(),
  };
}

/** The latest record of the trait, or of each trait below. */
async function traitEvidence(lake: Lake, leaf: TraitLeaf, people: string, at: number): Promise<Evidence> {
  const rows = await lake.query<{
    trait: string;
    op: number;
    value: string | null;
    at: number;
    expires: number;
  }>(
    `SELECT trait, latest.2 AS op, if(latest.3 = 1, toString(latest.4), if(latest.3 = 2, latest.5, NULL)) AS value,
       toFloat64(toUnixTimestamp64Milli(latest.1)) AS at, toFloat64(toUnixTimestamp64Milli(latest.6)) AS expires
     FROM (SELECT trait, max((${TRAIT_ORDER})) AS latest FROM trait_rows
       WHERE ${allOf([traitWhere(leaf), people, 'at <= fromUnixTimestamp64Milli({at:Int64})'])} GROUP BY trait)
     ORDER BY trait LIMIT 20`,
    { params: { at } },
  );
  return {
    latest: rows.map((row) => ({
      trait: `${leaf.provider}/${row.trait}`,
      op: row.op === 1 ? 'set' : 'unset',
      value: row.value,
      at: new Date(row.at).toISOString(),
      expiresAt: new Date(row.expires).toISOString(),
    })),
  };
}
