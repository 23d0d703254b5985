import { type GraphPerson, isOptedOut } from '../../shared/domain/person-graph';

/** What must be written so that LOOKUPS and LAKE say what the graph says. */
export interface PersonChanges {
  /** Persons to store as they are now. */
  records: GraphPerson[];
  /** Numbers of persons that are no more, or not worth storing. */
  removed: number[];
  /** Identities that belong to another person now. */
  uidOf: { iid: number; uid: number }[];
  /** What each identity resolves to, where it differs. */
  repoint: { identity: string; uid: number; optedOut: boolean }[];
  /** Identity numbers of all for whom audiences may come out differently. */
  iids: number[];
}

/** Where an identity was before the news. */
export interface Standing {
  uid: number;
  optedOut: boolean;
}

export function standings(persons: Iterable<GraphPerson>): Map<number, Standing> {
  const result = new Map<number, Standing>();
  for (const person of persons) {
    const standing = { uid: person.uid, optedOut: isOptedOut(person.choices) };
    for (const { iid } of person.members) result.set(iid, standing);
  }
  return result;
}

/**
 * The difference between before and after, for persons with a member in `touched`.
 * `again`: the news may have been handled half-way before a crash, so everything is said again.
 */
export function personChanges(
  before: ReadonlyMap<number, Standing>,
  after: readonly GraphPerson[],
  touched: ReadonlySet<number>,
  again: boolean,
): PersonChanges {
  const changes: PersonChanges = { records: [], removed: [], uidOf: [], repoint: [], iids: [] };
  const stored = new Set<number>();
  const earlier = new Set<number>();
  const left = leftPersons(before, after);
  for (const person of after) {
    if (!person.members.some(({ iid }) => touched.has(iid))) continue;
    const optedOut = isOptedOut(person.choices);
    // Of an identity that was never linked and never chose there is nothing to keep.
    if (person.members.length > 1 || person.edges.length > 0 || person.choices.length > 0) {
      changes.records.push(person);
      stored.add(person.uid);
    }
    // Who lost a member keeps its number and its identities, and yet other facts count for it now.
    let differs = again || left.has(person.uid);
    for (const { iid, identity } of person.members) {
      const was = before.get(iid) ?? { uid: iid, optedOut: false };
      earlier.add(was.uid);
      if (was.uid !== person.uid) changes.uidOf.push({ iid, uid: person.uid });
      if (was.uid !== person.uid || was.optedOut !== optedOut || again) {
        changes.repoint.push({ identity, uid: person.uid, optedOut });
        differs = true;
      }
    }
    if (differs) changes.iids.push(...person.members.map(({ iid }) => iid));
  }
  changes.removed = [...earlier].filter((uid) => !stored.has(uid));
  return changes;
}

/** Numbers of persons that an identity has left. */
function leftPersons(before: ReadonlyMap<number, Standing>, after: readonly GraphPerson[]): Set<number> {
  const left = new Set<number>();
  for (const { uid, members } of after) {
    for (const { iid } of members) {
      const was = before.get(iid);
      if (was !== undefined && was.uid !== uid) left.add(was.uid);
    }
  }
  return left;
}
