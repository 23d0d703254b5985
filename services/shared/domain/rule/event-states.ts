import { DAY_MS } from '../time';
import { microsOf } from './decimal';
import type { State } from './evaluate';
import { EVENT_VALUE, eventWhere } from './event-sql';
import type { EventLeaf, Test } from './leaf';
import { countPasses, sumPasses } from './measure';
import { windowStart, type Scope } from './scope';
import { allOf, sqlText, sqlTime } from './sql';

/**
 * How much of a person's events a leaf needs:
 * - `totals`: no window, so nothing ever leaves: measures are enough.
 * - `newest`: only counted: the newest few decide, and when they leave.
 * - `all`: every event inside the window.
 */
type Need = { kind: 'totals' } | { kind: 'newest'; limit: number } | { kind: 'all' };

/** Beyond it keeping the newest saves nothing. */
const NEWEST_MAX = 10_000;

function needOf(leaf: EventLeaf): Need {
  if (leaf.withinMs === undefined) return { kind: 'totals' };
  if (leaf.days.length > 0 || leaf.sum.length > 0) return { kind: 'all' };
  // All counts above the largest operand pass the same tests.
  const limit = Math.max(0, ...leaf.count.flatMap(operandsOf)) + 1;
  return limit <= NEWEST_MAX ? { kind: 'newest', limit } : { kind: 'all' };
}

function operandsOf(test: Test): number[] {
  return (test.op === 'in' ? test.operands : [test.operand]).map(Number);
}

/**
 * What leaves on one type of event need to know of the people of the scope. Rows: `uid`, `later` (events dated
 * ahead: [ms, value, flags per leaf]) and per leaf a column `f0`, `f1`, … as its need says: [count, days, sum,
 * last ms]; negated ms, newest first; [[ms, value], …]. 64-bit numbers may be quoted.
 */
export function eventFactsSql(leaves: readonly EventLeaf[], scope: Scope): string {
  const [first] = leaves;
  if (first === undefined) throw new Error('no leaves');
  // Each distinct condition is evaluated once a row, whatever number of leaves and columns use it.
  const conditions = new Map<string, string>();
  const flags = leaves.map((leaf) => {
    const where = eventWhere(leaf);
    if (where.length === 0) return '1';
    const sql = allOf(where);
    const name = conditions.get(sql) ?? `c${conditions.size}`;
    conditions.set(sql, name);
    return name;
  });
  const usesValue = leaves.some((leaf) => leaf.sum.length > 0);
  const longest = Math.max(...leaves.map((leaf) => leaf.withinMs ?? Infinity));
  const rows = allOf([
    `type = ${sqlText(first.type)}`,
    ...(scope.people === undefined ? [] : [scope.people]),
    ...(longest === Infinity ? [] : windowStart(scope, longest)),
  ]);
  const columns = [
    `${scope.uid} AS uid`,
    'toUnixTimestamp64Milli(at) AS ms',
    `at <= ${sqlTime(scope.atMs)} AS past`,
    ...(usesValue ? [`${EVENT_VALUE} AS amount`] : []),
    ...[...conditions].map(([sql, name]) => `(${sql}) AS ${name}`),
  ];
  const facts = leaves.map((leaf, index) => `${factSql(leaf, flags[index] ?? '1', scope)} AS f${index}`);
  const later = `(ms, ${usesValue ? 'toString(amount)' : "'0'"}, [${flags.join(', ')}])`;
  return (
    `SELECT uid, arraySort(groupArrayIf(${later}, NOT past)) AS later, ${facts.join(', ')} FROM (` +
    `SELECT ${columns.join(', ')} FROM ${scope.database}.event_rows WHERE ${rows}) GROUP BY uid`
  );
}

function factSql(leaf: EventLeaf, flag: string, scope: Scope): string {
  const need = needOf(leaf);
  const seen = allOf([
    'past',
    ...(flag === '1' ? [] : [flag]),
    ...(leaf.withinMs === undefined ? [] : [`ms > ${scope.atMs - leaf.withinMs}`]),
  ]);
  switch (need.kind) {
    case 'totals': {
      const days = leaf.days.length > 0 ? `uniqExactIf(intDiv(ms, ${DAY_MS}), ${seen})` : '0';
      const sum = leaf.sum.length > 0 ? `toString(sumIf(amount, ${seen}))` : "'0'";
      return `(countIf(${seen}), ${days}, ${sum}, maxIf(ms, ${seen}))`;
    }
    case 'newest':
      return `groupArraySortedIf(${need.limit})(-ms, ${seen})`;
    case 'all':
      return `arraySort(groupArrayIf((ms, ${leaf.sum.length > 0 ? 'toString(amount)' : "'0'"}), ${seen}))`;
  }
}

type Whole = number | string;
export interface EventFactsRow {
  uid: Whole;
  later: [Whole, string, number[]][];
  [fact: `f${number}`]: unknown;
}

/** The leaf's state at `at`, exact to the millisecond, events dated ahead included. */
export function eventState(leaf: EventLeaf, index: number, row: EventFactsRow, at: number): State {
  const later = row.later.filter(([, , flags]) => flags[index] === 1);
  const window = new Window(leaf, factsOf(leaf, row[`f${index}`]));
  const holds = window.passes();
  for (const moment of window.moments(at, later.map(toEvent))) {
    if (window.passes() !== holds) return { holds, until: moment };
  }
  return { holds, until: Infinity };
}

interface Seen {
  ms: number;
  micros: bigint;
}
interface Totals {
  count: number;
  days: number;
  micros: bigint;
  lastMs: number;
}

function toEvent([ms, value]: readonly [Whole, string, ...unknown[]]): Seen {
  return { ms: Number(ms), micros: microsOf(value).floor };
}

function factsOf(leaf: EventLeaf, fact: unknown): { totals: Totals } | { seen: Seen[] } {
  switch (needOf(leaf).kind) {
    case 'totals': {
      const [count, days, sum, lastMs] = fact as [Whole, Whole, string, Whole];
      const micros = microsOf(sum).floor;
      return { totals: { count: Number(count), days: Number(days), micros, lastMs: Number(lastMs) } };
    }
    case 'newest': {
      const seen = (fact as Whole[]).map((negated) => ({ ms: -Number(negated), micros: 0n }));
      return { seen: seen.reverse() };
    }
    case 'all':
      return { seen: (fact as [Whole, string][]).map(toEvent) };
  }
}

/** The events inside a leaf's window as time goes on: first in, first out. */
class Window {
  private readonly seen: Seen[];
  private left = 0;
  private readonly measures: Totals;

  constructor(
    private readonly leaf: EventLeaf,
    facts: { totals: Totals } | { seen: Seen[] },
  ) {
    this.measures =
      'totals' in facts ? { ...facts.totals } : { count: 0, days: 0, micros: 0n, lastMs: -Infinity };
    this.seen = [];
    if ('seen' in facts) facts.seen.forEach((event) => this.enter(event));
  }

  passes(): boolean {
    const { count, days, micros } = this.measures;
    return (
      countPasses(this.leaf.count, count) &&
      countPasses(this.leaf.days, days) &&
      sumPasses(this.leaf.sum, micros)
    );
  }

  /** Moves on to each later moment at which an event enters or leaves, `later` being sorted by time. */
  *moments(at: number, later: readonly Seen[]): Generator<number> {
    const { withinMs } = this.leaf;
    let entered = 0;
    for (;;) {
      const oldest = withinMs === undefined ? undefined : this.seen[this.left];
      const leaves = oldest === undefined || withinMs === undefined ? Infinity : oldest.ms + withinMs;
      const enters = later[entered]?.ms ?? Infinity;
      const moment = Math.min(leaves, enters);
      if (moment === Infinity) return;
      if (moment <= at) throw new Error('an event from outside the window');
      while ((later[entered]?.ms ?? Infinity) === moment) this.enter(later[entered++] as Seen);
      while (withinMs !== undefined && (this.seen[this.left]?.ms ?? Infinity) + withinMs === moment)
        this.leave();
      yield moment;
    }
  }

  private enter(event: Seen): void {
    const { measures } = this;
    measures.count += 1;
    measures.micros += event.micros;
    if (this.isEmpty() || dayOf(event.ms) !== dayOf(measures.lastMs)) measures.days += 1;
    measures.lastMs = event.ms;
    this.seen.push(event);
  }

  private leave(): void {
    const event = this.seen[this.left++] as Seen;
    const next = this.seen[this.left];
    this.measures.count -= 1;
    this.measures.micros -= event.micros;
    if (next === undefined || dayOf(next.ms) !== dayOf(event.ms)) this.measures.days -= 1;
  }

  private isEmpty(): boolean {
    return this.measures.count === 0;
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
