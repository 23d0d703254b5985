import { sqlDatabase, sqlTime } from './sql';

/** Where and when a leaf is asked. */
export interface Scope {
  database: string;
  /** The rule's T, epoch ms. */
  atMs: number;
  /** SQL of the person's number for a row's `iid`. */
  uid: string;
  /** SQL condition on `iid` that limits rows to some people; undefined: everybody. */
  people?: string;
}

/** Everybody, with links as the lake's dictionary has them. */
export function everybody(database: string, atMs: number): Scope {
  const name = sqlDatabase(database);
  return { database: name, atMs, uid: `dictGetOrDefault('${name}.persons', 'uid', iid, iid)` };
}

/** `at` within the window of a leaf, as far as the past is concerned: t > T − within. */
export function windowStart(scope: Scope, withinMs: number | undefined): string[] {
  return withinMs === undefined ? [] : [`at > ${sqlTime(scope.atMs - withinMs)}`];
}

export function upToNow(scope: Scope): string {
  return `at <= ${sqlTime(scope.atMs)}`;
}
