import { CONSENT, allows } from '../../shared/domain/consent/bits';
import { TRAIT_ORDER } from '../../shared/domain/rule/trait-sql';
import type { Lake } from '../../shared/stores/lake/lake';

/** Facts about a person from the lake, for people to read. All take the person's identity numbers. */

const EVENTS_SHOWN = 100;
const TRAITS_SHOWN = 1_000;

export interface HeldTrait {
  trait: string;
  value: string | null;
  at: string;
  expiresAt: string;
}

/** Traits held at `at`: of each the latest record, when it is a set that has not run out. */
export async function heldTraits(lake: Lake, iids: readonly number[], at: number): Promise<HeldTrait[]> {
  const rows = await lake.query<{ trait: string; value: string | null; at: number; expires: number }>(
    `SELECT concat(provider, '/', trait) AS trait,
       if(latest.3 = 1, toString(latest.4), if(latest.3 = 2, latest.5, NULL)) AS value,
       toFloat64(toUnixTimestamp64Milli(latest.1)) AS at, toFloat64(toUnixTimestamp64Milli(latest.6)) AS expires
     FROM (SELECT provider, trait, max((${TRAIT_ORDER})) AS latest FROM trait_rows
       WHERE iid IN (${iids.join()}) AND at <= fromUnixTimestamp64Milli({at:Int64}) GROUP BY provider, trait)
     WHERE latest.2 = 1 AND latest.6 > fromUnixTimestamp64Milli({at:Int64})
     ORDER BY trait LIMIT ${TRAITS_SHOWN}`,
    { params: { at } },
  );
  return rows.map((row) => ({
    trait: row.trait,
    value: row.value,
    at: new Date(row.at).toISOString(),
    expiresAt: new Date(row.expires).toISOString(),
  }));
}

/** The newest events. */
export async function recentEvents(lake: Lake, iids: readonly number[]): Promise<Record<string, unknown>[]> {
  const rows = await lake.query<{ ms: number; properties: string } & Record<string, unknown>>(
    `SELECT event_id AS id, type, toFloat64(toUnixTimestamp64Milli(at)) AS ms, publisher, url, category, sku,
       toString(value) AS value, currency, properties
     FROM event_rows WHERE iid IN (${iids.join()}) ORDER BY at DESC, event_id LIMIT ${EVENTS_SHOWN}`,
  );
  return rows.map(({ ms, properties, ...row }) => ({
    ...Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '' && value !== null)),
    at: new Date(ms).toISOString(),
    ...(properties === '' || properties === '{}' ? {} : { properties: JSON.parse(properties) as unknown }),
  }));
}

export interface StatedConsent {
  /** When it was stated. */
  at: string;
  storage: boolean;
  profile: boolean;
  personalisation: boolean;
  measurement: boolean;
}

/** What the person stated last; at the same moment, what all of it allows. Null: never stated. */
export async function statedConsent(lake: Lake, iids: readonly number[]): Promise<StatedConsent | null> {
  const [row] = await lake.query<{ ms: number; bits: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(at)) AS ms, toUInt8(groupBitAnd(consent)) AS bits
     FROM consent_rows WHERE iid IN (${iids.join()}) GROUP BY at ORDER BY at DESC LIMIT 1`,
  );
  if (row === undefined || (row.bits & CONSENT.signal) === 0) return null;
  return {
    at: new Date(row.ms).toISOString(),
    storage: allows(row.bits, 'storage'),
    profile: allows(row.bits, 'profile'),
    personalisation: allows(row.bits, 'personalisation'),
    measurement: allows(row.bits, 'measurement'),
  };
}
