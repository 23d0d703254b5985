import type { DeadLetterReason, DropReason } from '../shared/domain/reasons';
import type {
  BidRecord,
  DeadLetterRecord,
  EventRecord,
  IdentityText,
  NoticeRecord,
  RequestRecord,
  SyncRecord,
  TraitRecord,
} from '../shared/domain/records';
import type { LogEntry } from '../shared/stores/log/log';

export type IngestRecord =
  EventRecord | TraitRecord | SyncRecord | BidRecord | RequestRecord | NoticeRecord | DeadLetterRecord;

/** One record of a batch: its outcome is undefined as long as nothing speaks against storing it. */
export interface Item {
  entry: LogEntry;
  /** Absent when it could not be decoded. */
  record: IngestRecord | undefined;
  outcome: DropReason | undefined;
  /** With outcome `dead_letter`. */
  fault?: { reason: DeadLetterReason; detail: string };
}

/** Nothing speaks against it so far. */
export type LiveItem = Item & { record: IngestRecord };

export function isLive(item: Item): item is LiveItem {
  return item.outcome === undefined;
}

/**
 * Makes its identities known, whether or not it has a row of its own: a repeat of an event may name one more
 * identity, and all that was accepted counts.
 */
export function makesKnown(item: Item): item is LiveItem {
  return item.record !== undefined && item.outcome !== 'consent_denied' && item.outcome !== 'opted_out';
}

/** The partner's id that a sync names, in text form; undefined when it takes the mapping away. */
export function partnerIdentity(sync: SyncRecord): IdentityText | undefined {
  return sync.partnerUid === undefined ? undefined : `partner:${sync.partner}:${sync.partnerUid}`;
}

/** Whose record it is, as far as it says. */
export function identitiesOf(record: IngestRecord): readonly IdentityText[] {
  switch (record.type) {
    case 'event':
      return record.identities;
    case 'trait':
      return [record.identity];
    case 'sync': {
      const partner = partnerIdentity(record);
      return partner === undefined ? [record.identity] : [record.identity, partner];
    }
    default:
      return [];
  }
}

/** Takes data about a person away; it needs no consent, and never makes an identity known. */
export function isUnsync(record: IngestRecord): boolean {
  return record.type === 'sync' && record.partnerUid === undefined;
}

export function receivedAtOf(record: IngestRecord): number {
  return 'receivedAt' in record ? record.receivedAt : record.at;
}
