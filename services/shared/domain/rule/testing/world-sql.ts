import { lakeJson } from '../../lake-json';
import { sqlText, sqlTime } from '../sql';
import { uidOf, type World } from './world';

/** Statements that put a world into the lake's tables, in place of what was there. */
export function worldSql(world: World): string[] {
  const identities = world.people.flatMap((person) =>
    person.identities.map(({ iid, kind }) => ({ iid, kind, uid: uidOf(person) })),
  );
  const linked = identities.filter(({ iid, uid }) => iid !== uid);
  return [
    ...['identity_rows', 'person_rows', 'event_rows', 'trait_rows', 'privacy_rows', 'membership_rows'].map(
      (table) => `TRUNCATE TABLE muster.${table}`,
    ),
    ...insert(
      'identity_rows (identity, iid, kind, linked_at)',
      identities.map(({ iid, kind }) => [sqlText(`${kind}:${iid}`), String(iid), sqlText(kind), sqlTime(0)]),
    ),
    ...insert(
      'person_rows (iid, uid, seq)',
      linked.flatMap(({ iid, uid }) => [
        // An earlier word on the same identity, which no longer counts.
        [String(iid), String(iid), '1'],
        [String(iid), String(uid), '2'],
      ]),
    ),
    ...insert(
      'event_rows (type, iid, at, received_at, url, domain, path, category, sku, publisher, currency, value, properties)',
      world.events.map((event) => [
        sqlText(event.type),
        String(event.iid),
        sqlTime(event.at),
        sqlTime(event.at <= world.now ? event.at + 7 : world.now - 7),
        ...[
          event.url,
          event.domain,
          event.path,
          event.category,
          event.sku,
          event.publisher,
          event.currency,
        ].map((text) => sqlText(text ?? '')),
        event.value === undefined ? 'NULL' : `toDecimal64('${event.value}', 6)`,
        sqlText(event.properties === undefined ? '' : lakeJson(event.properties)),
      ]),
    ),
    ...insert(
      'trait_rows (provider, trait, iid, at, received_at, op, number, text, expires_at)',
      world.traits.map((trait) => [
        sqlText(trait.provider),
        sqlText(trait.code),
        String(trait.iid),
        sqlTime(trait.at),
        sqlTime(trait.at <= world.now ? trait.at + 7 : world.now - 7),
        sqlText(trait.op),
        trait.value !== undefined && 'number' in trait.value
          ? `toDecimal64('${trait.value.number}', 6)`
          : 'NULL',
        trait.value !== undefined && 'text' in trait.value ? sqlText(trait.value.text) : 'NULL',
        sqlTime(trait.at + trait.ttlMs),
      ]),
    ),
    ...insert(
      'privacy_rows (iid, at, opted_out)',
      world.choices.map(({ iid, at, optedOut }) => [String(iid), sqlTime(at), optedOut ? '1' : '0']),
    ),
    'SYSTEM RELOAD DICTIONARY muster.persons',
  ];
}

/** One row a statement would be slow; all in one part would hide what parts do. */
function insert(into: string, rows: readonly (readonly string[])[]): string[] {
  const half = Math.ceil(rows.length / 2);
  return [rows.slice(0, half), rows.slice(half)]
    .filter((part) => part.length > 0)
    .map(
      (part) => `INSERT INTO muster.${into} VALUES ${part.map((row) => `(${row.join(', ')})`).join(', ')}`,
    );
}
