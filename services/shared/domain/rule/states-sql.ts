import type { State } from './evaluate';
import { eventDefault, eventStates } from './event-sql';
import { identityStates } from './identity-sql';
import type { Leaf } from './leaf';
import type { Scope } from './scope';
import { sqlDatabase, sqlInteger } from './sql';
import { traitStates } from './trait-sql';
import { LARGE_QUERY } from './members-sql';

/** One identity number and the person it belongs to. */
export interface Person {
  iid: number;
  uid: number;
}

/** Identities per call: more make queries that are slow to parse. */
export const STATES_PEOPLE_MAX = 5_000;

/** Leaves that one query aggregates at once. */
const LEAVES_PER_QUERY = 50;

export interface StatesQuery {
  /** Rows (uid, states: number[]). */
  sql: string;
  /** The leaf of each state in a row. */
  leaves: readonly number[];
}

export interface StatesRow {
  uid: number;
  states: number[];
}

export interface StatesOptions {
  leaves: readonly Leaf[];
  database: string;
  at: number;
  people: readonly Person[];
}

/**
 * The same leaves as in the full build, for a few people, and with how long each state lasts. Leaves on one
 * type of event, and all leaves on traits, share a read.
 */
export function statesQueries({ leaves, database, at, people }: StatesOptions): StatesQuery[] {
  if (people.length === 0) return [];
  if (people.length > STATES_PEOPLE_MAX) throw new Error(`at most ${STATES_PEOPLE_MAX} identities at a time`);
  const linked = people.some(({ iid, uid }) => iid !== uid);
  const scope: Scope = {
    database: sqlDatabase(database),
    atMs: at,
    uid: linked ? 'transform(iid, iids, uids, toUInt64(0))' : 'iid',
    people: 'iid IN iids',
  };
  const array = (numbers: number[], name: string): string =>
    `CAST([${numbers.map(sqlInteger).join(',')}], 'Array(UInt64)') AS ${name}`;
  const arrays = [
    array(
      people.map(({ iid }) => iid),
      'iids',
    ),
    ...(linked
      ? [
          array(
            people.map(({ uid }) => uid),
            'uids',
          ),
        ]
      : []),
  ].join(', ');
  return groups(leaves).map((group) => ({
    sql: `WITH ${arrays}\nSELECT toFloat64(uid) AS uid, states FROM (${groupSql(group, scope)}) ${LARGE_QUERY}`,
    leaves: group.map(({ number }) => number),
  }));
}

interface Numbered<L extends Leaf = Leaf> {
  number: number;
  leaf: L;
}

/** Leaves that can share a read, in pieces. */
function groups(leaves: readonly Leaf[]): Numbered[][] {
  const bySource = new Map<string, Numbered[]>();
  for (const [number, leaf] of leaves.entries()) {
    const source = leaf.kind === 'event' ? `event ${leaf.type}` : leaf.kind;
    const group = bySource.get(source) ?? [];
    if (group.length === 0) bySource.set(source, group);
    group.push({ number, leaf });
  }
  return [...bySource.values()].flatMap((group) => {
    const pieces: Numbered[][] = [];
    for (let start = 0; start < group.length; start += LEAVES_PER_QUERY) {
      pieces.push(group.slice(start, start + LEAVES_PER_QUERY));
    }
    return pieces;
  });
}

function groupSql(group: readonly Numbered[], scope: Scope): string {
  const leaves = group.map(({ leaf }) => leaf);
  const events = leaves.filter((leaf) => leaf.kind === 'event');
  if (events.length > 0) return eventStates(events, scope);
  const traits = leaves.filter((leaf) => leaf.kind === 'trait');
  if (traits.length > 0) return traitStates(traits, scope);
  return identityStates(
    leaves.filter((leaf) => leaf.kind === 'identity'),
    scope,
  );
}

/** Collects the rows of `statesQueries` and answers for every leaf and person, rows or none. */
export class StateTable {
  private readonly states = new Map<number, (State | undefined)[]>();
  private readonly defaults: readonly State[];

  constructor(leaves: readonly Leaf[]) {
    this.defaults = leaves.map((leaf) => ({
      holds: leaf.kind === 'event' && eventDefault(leaf),
      until: Infinity,
    }));
  }

  add(query: StatesQuery, rows: readonly StatesRow[]): void {
    for (const row of rows) {
      let states = this.states.get(row.uid);
      if (states === undefined) this.states.set(row.uid, (states = []));
      for (const [index, leaf] of query.leaves.entries()) {
        const signed = row.states[index];
        if (signed === undefined) throw new Error('a row without a state for every leaf');
        const until = Math.abs(signed);
        states[leaf] = { holds: signed > 0, until: until >= Number.MAX_SAFE_INTEGER ? Infinity : until };
      }
    }
  }

  /** For `CompiledRule.evaluate`. */
  of(uid: number): (leaf: number) => State {
    const states = this.states.get(uid);
    return (leaf) => {
      const state = states?.[leaf] ?? this.defaults[leaf];
      if (state === undefined) throw new Error(`there is no leaf ${leaf}`);
      return state;
    };
  }
}
