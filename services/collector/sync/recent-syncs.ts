import { bucket } from '../../shared/domain/hash';
import { DAY_MS } from '../../shared/domain/time';
import { readCookie, site } from '../browser/cookie';

/* Which partners a browser was sent to lately, kept by the browser itself in a cookie beside ours. */

const NAME = 'musync';
/** A mapping that is older is made anew. */
const REPEAT_DAYS = 7;
/** Some 12 bytes each, far within the 4,096 of a cookie (RFC 6265 section 6.1). */
const PARTNERS_MAX = 200;
const ENTRY = /^([0-9a-z]{1,7})-([0-9a-z]{1,5})$/;

/**
 * The partners that are due, at most `max`: those not synced within the last days. Where there are more of them,
 * their order changes with time, so that each has its turn.
 */
export function dueSyncs(
  recent: ReadonlyMap<string, number>,
  partners: readonly string[],
  max: number,
  nowMs: number,
): string[] {
  const room = Math.min(max, PARTNERS_MAX - recent.size);
  return partners
    .filter((id) => !recent.has(keyOf(id)))
    .map((id) => ({ id, order: bucket(id, 2 ** 32, nowMs % 2 ** 31) }))
    .sort((a, b) => a.order - b.order)
    .slice(0, Math.max(0, room))
    .map(({ id }) => id);
}

/**
 * Reads the syncs that are recent at `nowMs`, by keys of partners. They hold for one cookie of ours only: under a
 * new one all partners are due. What is not readable was no sync.
 */
export function readRecentSyncs(
  header: string | undefined,
  cookieId: string,
  nowMs: number,
): Map<string, number> {
  const [owner, ...entries] = (readCookie(header, NAME) ?? '').split('.');
  const recent = new Map<string, number>();
  if (owner !== ownerOf(cookieId)) return recent;
  const today = Math.floor(nowMs / DAY_MS);
  for (const entry of entries.slice(0, PARTNERS_MAX)) {
    const [, key, dayText] = ENTRY.exec(entry) ?? [];
    if (key === undefined || dayText === undefined) continue;
    const day = parseInt(dayText, 36);
    if (day <= today && today - day < REPEAT_DAYS) recent.set(key, day);
  }
  return recent;
}

/** A `Set-Cookie` value that adds `synced` to what was recent. */
export function writeRecentSyncs(
  recent: ReadonlyMap<string, number>,
  synced: readonly string[],
  { cookieId, nowMs, secure }: { cookieId: string; nowMs: number; secure: boolean },
): string {
  const today = Math.floor(nowMs / DAY_MS);
  const days = new Map([...recent, ...synced.map((id) => [keyOf(id), today] as const)]);
  const entries = [...days].map(([key, day]) => `.${key}-${day.toString(36)}`).join('');
  const maxAgeS = (REPEAT_DAYS * DAY_MS) / 1_000;
  return `${NAME}=${ownerOf(cookieId)}${entries}; Path=/; Max-Age=${maxAgeS}; HttpOnly; ${site(secure)}`;
}

/** Short for the id of a partner; two partners with the same one would only wait for each other. */
function keyOf(partnerId: string): string {
  return bucket(partnerId, 2 ** 32).toString(36);
}

function ownerOf(cookieId: string): string {
  return cookieId.slice(0, 6);
}
