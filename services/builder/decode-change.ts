import { newerVersionText, toCurrentVersion } from '../shared/domain/record-versions';
import type { ChangeRecord } from '../shared/domain/records';
import type { LogEntry } from '../shared/stores/log/log';

/** A record of `changes`, which ingest and people writer alone write. Throws for one that this release cannot read. */
export function decodeChange({ value }: LogEntry): ChangeRecord {
  const current = toCurrentVersion(JSON.parse(value.toString('utf8')));
  if (!current.ok) throw new Error(newerVersionText(current));
  return current.record as ChangeRecord;
}
