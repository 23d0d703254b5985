import { sha256Hex } from '../../services/shared/domain/sha256';
import type { Lookups } from '../../services/shared/stores/lookups/lookups';
import { partnerUid, seedPeople } from '../fixtures/people';

const CHUNK = 5_000;
export const EID_SOURCE = 'id.example';

/** What an exchange may know person `n` by; numbers from 1. */
export interface PersonIds {
  partnerUid: string;
  /** Without `cookie:` in front. */
  cookie: string;
  maid: string;
  eid: string;
}

export function personIds(n: number): PersonIds {
  const hex = sha256Hex(`person ${n}`);
  return {
    partnerUid: partnerUid(n),
    cookie: Buffer.from(hex.slice(0, 32), 'hex').toString('base64url'),
    maid: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
      '-',
    ),
    eid: hex.slice(32),
  };
}

/** People as `seedPeople` makes them, and for each of them a cookie, a device and an extended id besides. */
export async function seedExchangePeople(
  lookups: Lookups,
  people: number,
  progress: (done: number) => void,
): Promise<void> {
  await seedPeople(lookups, people, progress);
  for (let from = 1; from <= people; from += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, people - from + 1) }, (_, i) => from + i);
    await lookups.identities.seed(
      numbers.flatMap((n) => {
        const { cookie, maid, eid } = personIds(n);
        const identities = [`cookie:${cookie}`, `maid:${maid}`, `eid:${EID_SOURCE}:${eid}`];
        return identities.map((identity, i) => ({
          identity,
          entry: { iid: people + 3 * n + i, uid: n, confirmed: true, optedOut: false },
        }));
      }),
    );
  }
}

/** Ids in the form that `personIds` has, of people nobody has heard of. */
export function strangerIds(n: number): PersonIds {
  return personIds(-1 - n);
}
