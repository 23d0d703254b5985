import type { State } from './evaluate';
import { eventDefault } from './event-sql';
import { eventFactsSql, eventState, type EventFactsRow } from './event-states';
import { identityFactsSql, identityState, type IdentityFactsRow } from './identity-sql';
import type { EventLeaf, IdentityLeaf, Leaf, TraitLeaf } from './leaf';
import { LARGE_QUERY } from './members-sql';
import type { Scope } from './scope';
import { sqlDatabase, sqlInteger } from './sql';
import { traitFactsSql, traitStates, type TraitFactsRow } from './trait-states';

/** One identity number and the person it belongs to. */
export interface Person {
  iid: number;
  uid: number;
}

/** Identities per call that callers keep to, a person never being split; beyond it queries are slow to parse. */
export const STATES_PEOPLE_MAX = 5_000;

/** Leaves that one query asks about at once. */
const LEAVES_PER_QUERY = 50;

/** One query; hand its rows to `StateTable.add`. */
export interface StatesQuery {
  sql: string;
  /** T, epoch ms. */
  at: number;
  group: LeafGroup;
}

/** Leaves that share a read, with their numbers. */
export type LeafGroup =
  | { kind: 'event'; numbers: readonly number[]; leaves: readonly EventLeaf[] }
  | { kind: 'trait'; numbers: readonly number[]; leaves: readonly TraitLeaf[] }
  | { kind: 'identity'; numbers: readonly number[]; leaves: readonly IdentityLeaf[] };

export type StatesRow = EventFactsRow | TraitFactsRow | IdentityFactsRow;

export interface StatesOptions {
  leaves: readonly Leaf[];
  database: string;
  at: number;
  people: readonly Person[];
}

/**
 * The facts behind the leaves for a few people, selected by the same conditions as in the full build. Leaves
 * on one type of event, and all leaves on traits, share a read.
 */
export function statesQueries({ leaves, database, at, people }: StatesOptions): StatesQuery[] {
  if (people.length === 0) return [];
  const linked = people.some(({ iid, uid }) => iid !== uid);
  const scope: Scope = {
    database: sqlDatabase(database),
    atMs: at,
    uid: linked ? 'transform(iid, iids, uids, toUInt64(0))' : 'iid',
    people: 'iid IN iids',
  };
  const iids = numbersSql(
    people.map(({ iid }) => iid),
    'iids',
  );
  const uids = numbersSql(
    people.map(({ uid }) => uid),
    'uids',
  );
  const arrays = linked ? `${iids}, ${uids}` : iids;
  return groupsOf(leaves).map((group) => ({
    sql: `WITH ${arrays}\n${factsSql(group, scope)}\n${LARGE_QUERY}`,
    at,
    group,
  }));
}

/** Numbers once in a query, however often its parts use them. */
function numbersSql(numbers: readonly number[], name: string): string {
  return `CAST([${numbers.map(sqlInteger).join(',')}], 'Array(UInt64)') AS ${name}`;
}

function factsSql(group: LeafGroup, scope: Scope): string {
  switch (group.kind) {
    case 'event':
      return eventFactsSql(group.leaves, scope);
    case 'trait':
      return traitFactsSql(group.leaves, scope);
    case 'identity':
      return identityFactsSql(group.leaves, scope);
  }
}

function groupsOf(leaves: readonly Leaf[]): LeafGroup[] {
  const bySource = new Map<string, number[]>();
  for (const [number, leaf] of leaves.entries()) {
    const source = leaf.kind === 'event' ? `event ${leaf.type}` : leaf.kind;
    const numbers = bySource.get(source);
    if (numbers === undefined) bySource.set(source, [number]);
    else numbers.push(number);
  }
  return [...bySource.values()].flatMap(piecesOf).map((numbers) => {
    const all = numbers.map((number) => leaves[number]);
    const events = all.filter((leaf) => leaf?.kind === 'event');
    if (events.length > 0) return { kind: 'event', numbers, leaves: events };
    const traits = all.filter((leaf) => leaf?.kind === 'trait');
    if (traits.length > 0) return { kind: 'trait', numbers, leaves: traits };
    return { kind: 'identity', numbers, leaves: all.filter((leaf) => leaf?.kind === 'identity') };
  });
}

function piecesOf(numbers: readonly number[]): number[][] {
  const pieces: number[][] = [];
  for (let start = 0; start < numbers.length; start += LEAVES_PER_QUERY) {
    pieces.push(numbers.slice(start, start + LEAVES_PER_QUERY));
  }
  return pieces;
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

  add({ group, at }: StatesQuery, rows: readonly StatesRow[]): void {
    switch (group.kind) {
      case 'event':
        for (const row of rows as readonly EventFactsRow[]) {
          this.put(
            row.uid,
            group,
            group.leaves.map((leaf, index) => eventState(leaf, index, row, at)),
          );
        }
        return;
      case 'trait':
        for (const [uid, mine] of byPerson(rows as readonly TraitFactsRow[])) {
          this.put(uid, group, traitStates(group.leaves, mine, at));
        }
        return;
      case 'identity':
        for (const row of rows as readonly IdentityFactsRow[]) {
          this.put(
            row.uid,
            group,
            group.leaves.map((leaf) => identityState(leaf, row)),
          );
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

  private put(uid: number | string, group: LeafGroup, states: readonly State[]): void {
    const key = Number(uid);
    let known = this.states.get(key);
    if (known === undefined) this.states.set(key, (known = []));
    for (const [index, number] of group.numbers.entries()) known[number] = states[index];
  }
}

function byPerson(rows: readonly TraitFactsRow[]): Map<number, TraitFactsRow[]> {
  const people = new Map<number, TraitFactsRow[]>();
  for (const row of rows) {
    const uid = Number(row.uid);
    const mine = people.get(uid);
    if (mine === undefined) people.set(uid, [row]);
    else mine.push(row);
  }
  return people;
}
