import type { Lookups } from '../shared/stores/lookups/lookups';

/** A person with every identity number linked to it. */
export interface Person {
  uid: number;
  iids: readonly number[];
}

export interface TouchedPeople {
  people: Person[];
  /** Numbers that were a person's and are no more: their set was joined to another. */
  dissolved: number[];
}

/** The persons behind identity numbers, each once. Numbers that were never linked are persons of their own. */
export async function peopleBehind(
  lookups: Pick<Lookups, 'people'>,
  iids: readonly number[],
): Promise<TouchedPeople> {
  const distinct = [...new Set(iids)];
  const uidOf = await lookups.people.uidOf(distinct);
  const uids = [...new Set(uidOf)];
  const records = await lookups.people.get(uids);
  const people = uids.map((uid, i) => ({
    uid,
    iids: records[i]?.members.map((member) => member.iid) ?? [uid],
  }));
  return { people, dissolved: distinct.filter((iid, i) => uidOf[i] !== iid) };
}

/** Pieces of at most `maxIids` identity numbers; a person is never split. */
export function chunkPeople(people: readonly Person[], maxIids: number): Person[][] {
  const chunks: Person[][] = [];
  let chunk: Person[] = [];
  let size = 0;
  for (const person of people) {
    if (size > 0 && size + person.iids.length > maxIids) {
      chunks.push(chunk);
      chunk = [];
      size = 0;
    }
    chunk.push(person);
    size += person.iids.length;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
