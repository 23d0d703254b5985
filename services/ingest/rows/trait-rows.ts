import type { TraitRecord } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';

export const TRAIT_COLUMNS = [
  'provider',
  'trait',
  'iid',
  'at',
  'op',
  'number',
  'text',
  'expires_at',
  'received_at',
  'consent',
  'import_id',
  'line',
  'partition',
  'offset',
] as const;

/** `unset` ignores ttl and value. */
export function traitRow(record: TraitRecord, iid: number, partition: number, offset: number): Row {
  const set = record.op === 'set';
  return [
    record.provider,
    record.trait,
    iid,
    record.at,
    record.op,
    (set ? record.number : undefined) ?? null,
    (set ? record.text : undefined) ?? null,
    set ? record.at + record.ttlMs : record.at,
    record.receivedAt,
    record.consent,
    record.importId,
    record.line,
    partition,
    offset,
  ];
}
