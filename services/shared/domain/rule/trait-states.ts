import type { State } from './evaluate';
import type { TraitLeaf } from './leaf';
import { upToNow, windowStart, type Scope } from './scope';
import { allOf, sqlTime } from './sql';
import { TRAIT_ORDER_KEY, traitsWhere, traitValueSql } from './trait-sql';

/** `op` of a set as the column's enum numbers it. */
const OP_SET = 1;

/**
 * What trait leaves need to know of the people of the scope. Rows: `uid`, `provider`, `trait` and two lists of
 * records [ms, op, expires ms, flags per leaf that wants a value], in the order in which the last one counts:
 * `now`, the latest or none, and `later`, those dated ahead. 64-bit numbers may be quoted.
 */
export function traitFactsSql(leaves: readonly TraitLeaf[], scope: Scope): string {
  const longest = Math.max(...leaves.map((leaf) => leaf.withinMs ?? Infinity));
  const rows = allOf([
    traitsWhere(leaves),
    ...(scope.people === undefined ? [] : [scope.people]),
    ...(longest === Infinity ? [] : windowStart(scope, longest)),
  ]);
  const flags = leaves.filter((leaf) => leaf.value.length > 0).map(traitValueSql);
  const record = `toUnixTimestamp64Milli(at), toUInt8(op), toUnixTimestamp64Milli(expires_at), [${flags.join(', ')}]::Array(UInt8)`;
  const past = upToNow(scope);
  return (
    `SELECT uid, provider, trait, latest AS now, ` +
    `arrayMap(r -> (r.2, r.3, r.4, r.5), arraySort(r -> r.1, ahead)) AS later FROM (` +
    `SELECT ${scope.uid} AS uid, provider, trait, ` +
    // An array, because the largest of no record at all would look like one.
    `arrayResize([argMaxIf((${record}), ${TRAIT_ORDER_KEY}, ${past})], countIf(${past}) > 0) AS latest, ` +
    `groupArrayIf((${TRAIT_ORDER_KEY}, ${record}), at > ${sqlTime(scope.atMs)}) AS ahead ` +
    `FROM ${scope.database}.trait_rows WHERE ${rows} GROUP BY uid, provider, trait)`
  );
}

type Whole = number | string;
type TraitRecordFacts = [Whole, number, Whole, number[]];
export interface TraitFactsRow {
  uid: Whole;
  provider: string;
  trait: string;
  now: TraitRecordFacts[];
  later: TraitRecordFacts[];
}

/** Of one person, all rows: the states of the leaves at `at`, exact, records dated ahead included. */
export function traitStates(
  leaves: readonly TraitLeaf[],
  rows: readonly TraitFactsRow[],
  at: number,
): State[] {
  let flag = 0;
  return leaves.map((leaf) => {
    const flagIndex = leaf.value.length > 0 ? flag++ : undefined;
    const spans: Span[] = [];
    for (const row of rows) if (speaksOf(row, leaf)) spans.push(...heldSpans(leaf, flagIndex, row));
    return spansState(spans, at);
  });
}

function speaksOf(row: TraitFactsRow, leaf: TraitLeaf): boolean {
  if (row.provider !== leaf.provider) return false;
  return leaf.below ? row.trait !== leaf.code && row.trait.startsWith(leaf.code) : row.trait === leaf.code;
}

/** from ≤ T < to */
interface Span {
  from: number;
  to: number;
}

/** When the trait is held: each record counts until it ends or the next one comes. */
function heldSpans(leaf: TraitLeaf, flagIndex: number | undefined, row: TraitFactsRow): Span[] {
  const records = [...row.now, ...row.later];
  const spans: Span[] = [];
  for (const [index, [ms, op, expires, flags]] of records.entries()) {
    if (op !== OP_SET || (flagIndex !== undefined && flags[flagIndex] !== 1)) continue;
    const from = Number(ms);
    const windowEnd = leaf.withinMs === undefined ? Infinity : from + leaf.withinMs;
    const nextFrom = Number(records[index + 1]?.[0] ?? Infinity);
    const to = Math.min(Number(expires), windowEnd, nextFrom);
    if (to > from) spans.push({ from, to });
  }
  return spans;
}

/** Held at `at` by any span; seamless spans are one. */
function spansState(spans: Span[], at: number): State {
  let end = at;
  let holds = false;
  let starts = Infinity;
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    if (span.from <= end && span.to > end) {
      holds = true;
      end = span.to;
    } else if (span.from > at) starts = Math.min(starts, span.from);
  }
  return holds ? { holds, until: end } : { holds, until: starts };
}
