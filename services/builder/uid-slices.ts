import type { Lake } from '../shared/stores/lake/lake';

/** People a turn evaluates at once: small enough that news never waits long behind a build. */
const SLICE = 20_000;

/** The persons of an audience in a table of (audience, uid), ascending, piece by piece; each piece is read when asked for. */
export async function* uidSlices(
  lake: Pick<Lake, 'query'>,
  table: 'build_rows' | 'membership_rows FINAL',
  audience: number,
): AsyncGenerator<number[]> {
  for (let last = 0; ;) {
    const slice = await lake.query<{ uid: string }>(
      `SELECT uid FROM ${table} WHERE audience = ${audience} AND uid > ${last} ORDER BY uid LIMIT ${SLICE}`,
    );
    const uids = slice.map((row) => Number(row.uid));
    const newest = uids.at(-1);
    if (newest === undefined) return;
    yield uids;
    last = newest;
  }
}
