import { type GraphEdge, type GraphPerson, isOptedOut, PersonGraph } from '../../shared/domain/person-graph';
import type { Lake } from '../../shared/stores/lake/lake';

/** Persons as their links and choices in the lake make them; the identities' texts are not known yet. */
export interface Persons {
  all: GraphPerson[];
  /** Identity number → its person; absent: never linked and never chose. */
  byIid: Map<number, GraphPerson>;
  optedOut: Set<GraphPerson>;
}

interface LinkRow {
  kind: GraphEdge['kind'];
  a: string;
  b: string;
  at: string;
}

export async function readPersons(lake: Pick<Lake, 'query'>): Promise<Persons> {
  // Of a partner's id only the newest link holds; at equal time the one to the larger cookie number.
  const links = await lake.query<LinkRow>(
    `SELECT kind, a, b, toUnixTimestamp64Milli(moment) AS at FROM (
       SELECT 'partner' AS kind, a, max((link_rows.at, link_rows.b)) AS newest, newest.1 AS moment, newest.2 AS b
         FROM link_rows WHERE link_rows.kind = 'partner' GROUP BY a
     )
     UNION ALL
     SELECT kind, a, b, toUnixTimestamp64Milli(moment) AS at FROM (
       SELECT kind, a, b, min(link_rows.at) AS moment FROM link_rows WHERE kind = 'event' GROUP BY kind, a, b
     )`,
  );
  const choices = await lake.query<{ iid: string; at: string; opted_out: number }>(
    `SELECT iid, toUnixTimestamp64Milli(newest.1) AS at, newest.2 AS opted_out
       FROM (SELECT iid, max((at, opted_out)) AS newest FROM privacy_rows GROUP BY iid)`,
  );
  const edges = links.map(({ kind, a, b, at }): GraphEdge => ({
    kind,
    a: Number(a),
    b: Number(b),
    at: Number(at),
  }));
  const members = new Set<number>(choices.map(({ iid }) => Number(iid)));
  for (const { a, b } of edges) for (const iid of b === 0 ? [a] : [a, b]) members.add(iid);
  const graph = new PersonGraph([
    {
      uid: 0,
      members: [...members].map((iid) => ({ iid, identity: '' })),
      edges,
      choices: choices.map(({ iid, at, opted_out }) => ({
        iid: Number(iid),
        at: Number(at),
        optedOut: opted_out === 1,
      })),
    },
  ]);
  const all = graph.persons();
  const byIid = new Map<number, GraphPerson>();
  for (const person of all) for (const { iid } of person.members) byIid.set(iid, person);
  return { all, byIid, optedOut: new Set(all.filter((person) => isOptedOut(person.choices))) };
}

/**
 * A crash may have left links in the lake without the persons they make; the people writer, finding them in the
 * lookups, would not write them again.
 */
export async function repairPersonRows(
  lake: Pick<Lake, 'query' | 'insert'>,
  persons: Persons,
  nextSeq: () => Promise<number>,
): Promise<number> {
  const stored = await lake.query<{ iid: string; uid: string }>(
    'SELECT iid, argMax(uid, seq) AS uid FROM person_rows GROUP BY iid',
  );
  const uids = new Map(stored.map(({ iid, uid }) => [Number(iid), Number(uid)]));
  const behind: { iid: number; uid: number }[] = [];
  for (const [iid, { uid }] of persons.byIid) if ((uids.get(iid) ?? iid) !== uid) behind.push({ iid, uid });
  for (const [iid, uid] of uids) if (uid !== iid && !persons.byIid.has(iid)) behind.push({ iid, uid: iid });
  if (behind.length === 0) return 0;
  const seq = await nextSeq();
  await lake.insert({
    table: 'person_rows',
    columns: ['iid', 'uid', 'seq'],
    rows: behind.map(({ iid, uid }) => [iid, uid, seq]),
    token: `person_rows:seed:${seq}`,
  });
  return behind.length;
}
