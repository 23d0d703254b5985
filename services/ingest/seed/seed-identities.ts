import type { Logger } from 'pino';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import type { Persons } from './read-persons';

const SLICE = 50_000;
const PERSONS_PER_WRITE = 5_000;

/** Identities slice by slice in the order of the table, then the persons that have more to them than one identity. */
export async function seedIdentities(options: {
  lake: Pick<Lake, 'query'>;
  lookups: Pick<Lookups, 'identities' | 'people'>;
  persons: Persons;
  logger: Logger;
}): Promise<number> {
  const { lake, lookups, persons, logger } = options;
  const texts = new Map<number, string>();
  let count = 0;
  for (let last = ''; ;) {
    const rows = await lake.query<{ identity: string; iid: string }>(
      `SELECT identity, any(iid) AS iid FROM identity_rows WHERE identity > {last:String}
       GROUP BY identity ORDER BY identity LIMIT ${SLICE}`,
      { params: { last } },
    );
    if (rows.length === 0) break;
    const entries = rows.map(({ identity, iid: text }) => {
      const iid = Number(text);
      const person = persons.byIid.get(iid);
      if (person !== undefined) texts.set(iid, identity);
      const optedOut = person !== undefined && persons.optedOut.has(person);
      return { identity, entry: { iid, uid: person?.uid ?? iid, confirmed: true, optedOut } };
    });
    await lookups.identities.seed(entries);
    count += rows.length;
    last = rows.at(-1)!.identity;
    logger.info({ identities: count }, 'identities seeded');
  }

  for (let from = 0; from < persons.all.length; from += PERSONS_PER_WRITE) {
    const records = persons.all.slice(from, from + PERSONS_PER_WRITE).map((person) => ({
      ...person,
      members: person.members.map(({ iid }) => ({ iid, identity: textOf(iid, texts) })),
    }));
    const uidOf = records.flatMap(({ uid, members }) => members.map(({ iid }) => ({ iid, uid })));
    await lookups.people.put({ records, removed: [], uidOf });
  }
  return count;
}

/** Ingest writes an identity's row before it sends a link of it. */
function textOf(iid: number, texts: ReadonlyMap<number, string>): string {
  const text = texts.get(iid);
  if (text === undefined) throw new Error(`identity ${iid} has links in the lake but no row of its own`);
  return text;
}
