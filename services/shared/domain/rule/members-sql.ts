import type { Clause } from './evaluate';
import { eventDefault, eventExceptions } from './event-sql';
import { identityExceptions } from './identity-sql';
import type { Leaf } from './leaf';
import { everybody, type Scope } from './scope';
import { sqlDatabase, sqlInteger } from './sql';
import { traitExceptions } from './trait-sql';

/** A rule of 2,000 leaves is longer than the engine's defaults allow; settings in the SQL stay with the query. */
export const LARGE_QUERY =
  'SETTINGS max_query_size = 67108864, max_ast_elements = 5000000, max_expanded_ast_elements = 5000000';

export interface MembersOptions {
  leaves: readonly Leaf[];
  clause: Clause;
  database: string;
  at: number;
}

/**
 * The full build: one bitmap per leaf, then set algebra. Bitmaps are of persons' numbers, which are dense.
 * Every leaf bitmap holds whom the leaf does not treat as it treats somebody without any row.
 */
export function membersSql({ leaves, clause, database, at }: MembersOptions): string {
  const scope = everybody(database, at);
  const used = new Map<number, Leaf>();
  const members = clauseSql(clause, (number) => {
    const leaf = leaves[number];
    if (leaf === undefined) throw new Error(`there is no leaf ${number}`);
    used.set(number, leaf);
    return leaf.kind === 'event' && eventDefault(leaf)
      ? `bitmapAndnot(known_people, leaf_${number})`
      : `leaf_${number}`;
  });
  const bitmaps = [...used].map(([number, leaf]) => bitmap(exceptions(leaf, scope), `leaf_${number}`));
  return [
    `WITH ${bitmap(`SELECT ${scope.uid} AS uid FROM ${scope.database}.identity_rows`, 'known_people')},`,
    `${bitmap(optedOut(scope), 'people_out')},`,
    bitmaps.join(',\n'),
    `SELECT bitmapAndnot(bitmapAnd(known_people, ${members}), people_out) AS members`,
  ].join('\n');
}

export function sizeSql(members: string): string {
  return `SELECT toFloat64(bitmapCardinality(members)) AS size FROM (\n${members}\n) ${LARGE_QUERY}`;
}

export interface CandidatesOptions {
  database: string;
  members: string;
  /** Number of the audience version whose stored members are compared. */
  audience: number;
  /** Further versions that are no more: all their members are candidates. */
  stale?: readonly number[];
  /** Only numbers from here on, at most so many. */
  from: number;
  limit: number;
}

export function candidatesSql({
  database,
  members,
  audience,
  stale = [],
  from,
  limit,
}: CandidatesOptions): string {
  const rows = (numbers: readonly number[]): string =>
    `SELECT groupBitmapState(uid) FROM ${sqlDatabase(database)}.membership_rows FINAL ` +
    `WHERE audience IN (${numbers.map(sqlInteger).join(', ')})`;
  const differing = `bitmapXor(members, (${rows([audience])}))`;
  const candidates = stale.length === 0 ? differing : `bitmapOr(${differing}, (${rows(stale)}))`;
  return (
    `SELECT toFloat64(arrayJoin(bitmapToArray(bitmapSubsetLimit(${candidates}, ` +
    `toUInt64(${sqlInteger(from)}), toUInt64(${sqlInteger(limit)}))))) AS uid ` +
    `FROM (\n${members}\n) ${LARGE_QUERY}`
  );
}

function exceptions(leaf: Leaf, scope: Scope): string {
  switch (leaf.kind) {
    case 'event':
      return eventExceptions(leaf, scope);
    case 'trait':
      return traitExceptions(leaf, scope);
    case 'identity':
      return identityExceptions(leaf, scope);
  }
}

/** Persons whose newest choice, of all their identities, is an opt-out; at equal time the opt-out counts. */
function optedOut(scope: Scope): string {
  return (
    `SELECT uid FROM (SELECT ${scope.uid} AS uid, max((at, opted_out)) AS choice ` +
    `FROM ${scope.database}.privacy_rows GROUP BY uid) WHERE choice.2 = 1`
  );
}

function bitmap(people: string, name: string): string {
  return `(SELECT groupBitmapState(uid) FROM (${people})) AS ${name}`;
}

function clauseSql(clause: Clause, leafSql: (leaf: number) => string): string {
  switch (clause.op) {
    case 'leaf':
      return leafSql(clause.leaf);
    case 'not':
      return `bitmapAndnot(known_people, ${clauseSql(clause.of, leafSql)})`;
    case 'all':
      return balanced(
        clause.of.map((part) => clauseSql(part, leafSql)),
        'bitmapAnd',
      );
    case 'any':
      return balanced(
        clause.of.map((part) => clauseSql(part, leafSql)),
        'bitmapOr',
      );
  }
}

/** A chain of 200 would nest 200 deep; halving keeps the engine's parser far from its limit. */
function balanced(parts: readonly string[], fn: string): string {
  const [first] = parts;
  if (parts.length < 2) return first ?? '';
  const middle = Math.ceil(parts.length / 2);
  return `${fn}(${balanced(parts.slice(0, middle), fn)}, ${balanced(parts.slice(middle), fn)})`;
}
