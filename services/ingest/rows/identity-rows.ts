import { identityKind } from '../../shared/domain/identity';
import type { IdentityText } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';
import type { BatchContext } from '../batch-context';
import { identitiesOf, type IngestRecord, makesKnown, receivedAtOf } from '../item';
import type { TableRows } from './table-rows';

export const IDENTITY_COLUMNS = ['identity', 'iid', 'kind', 'linked_at', 'source'] as const;

export function identityRow(identity: IdentityText, iid: number, linkedAt: number, source: string): Row {
  return [identity, iid, identityKind(identity) ?? '', linkedAt, source];
}

/** Identities that have no row yet, each once; the first record that names it says since when and from where. */
export function identityRows(context: BatchContext): TableRows {
  const rows: TableRows['rows'] = [];
  const seen = new Set<IdentityText>();
  for (const item of context.items) {
    if (!makesKnown(item)) continue;
    for (const identity of identitiesOf(item.record)) {
      if (seen.has(identity)) continue;
      seen.add(identity);
      const entry = context.identities.get(identity);
      if (entry === undefined || entry.confirmed) continue;
      rows.push({
        row: identityRow(identity, entry.iid, receivedAtOf(item.record), sourceOf(item.record)),
        item: undefined,
      });
    }
  }
  return { table: 'identity_rows', columns: IDENTITY_COLUMNS, rows };
}

function sourceOf(record: IngestRecord): string {
  switch (record.type) {
    case 'event':
      return record.source;
    case 'trait':
      return record.provider;
    default:
      return record.type;
  }
}
