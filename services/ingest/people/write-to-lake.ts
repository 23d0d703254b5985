import type { GraphChoice, GraphEdge } from '../../shared/domain/person-graph';
import type { IdentityText } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';
import type { Lake } from '../../shared/stores/lake/lake';
import { IDENTITY_COLUMNS, identityRow } from '../rows/identity-rows';

export interface PeopleRows {
  identities: readonly { identity: IdentityText; iid: number; linkedAt: number }[];
  edges: readonly GraphEdge[];
  choices: readonly GraphChoice[];
  uidOf: readonly { iid: number; uid: number }[];
}

/**
 * All of these tables keep one row per key, the newest: writing the same again does no harm, and the token is
 * new each time. (A token of the log's range would drop what a second try finds out differently.)
 */
export async function writeToLake(
  lake: Pick<Lake, 'insert'>,
  seq: number,
  people: PeopleRows,
): Promise<void> {
  const insert = async (table: string, columns: readonly string[], rows: Row[]): Promise<void> => {
    if (rows.length > 0) await lake.insert({ table, columns, rows, token: `${table}:people:${seq}` });
  };
  await insert(
    'identity_rows',
    IDENTITY_COLUMNS,
    people.identities.map(({ identity, iid, linkedAt }) => identityRow(identity, iid, linkedAt, 'privacy')),
  );
  await insert(
    'link_rows',
    ['kind', 'a', 'b', 'at', 'seq'],
    people.edges.map(({ kind, a, b, at }) => [kind, a, b, at, seq]),
  );
  await insert(
    'privacy_rows',
    ['iid', 'at', 'opted_out'],
    people.choices.map(({ iid, at, optedOut }) => [iid, at, optedOut ? 1 : 0]),
  );
  await insert(
    'person_rows',
    ['iid', 'uid', 'seq'],
    people.uidOf.map(({ iid, uid }) => [iid, uid, seq]),
  );
}
