import { isUtf8 } from 'node:buffer';
import { identityKind } from '../shared/domain/identity';
import type { DeadLetterReason } from '../shared/domain/reasons';
import { newerVersionText, toCurrentVersion } from '../shared/domain/record-versions';
import type { DeadLetterRecord, Topic } from '../shared/domain/records';
import type { LogEntry } from '../shared/stores/log/log';
import { recordText } from '../shared/stores/log/dead-letters';
import type { BatchContext } from './batch-context';
import type { IngestRecord, Item } from './item';
import { TOPIC_SCHEMAS } from './record-schemas';

const DETAIL_CHARS = 500;

/** Step: bytes → records. What cannot be read becomes a dead letter with its reason, and stops nobody else. */
export function decode(context: BatchContext): void {
  context.items = context.entries.map((entry) => decodeEntry(context.topic, entry));
}

export function decodeEntry(topic: Topic, entry: LogEntry): Item {
  const decoded = decodeRecord(topic, entry.value);
  if ('record' in decoded) return { entry, record: decoded.record, outcome: undefined };
  // An unreadable dead letter is stored as one; sent to its own topic it would come round for ever.
  if (topic === 'dead-letters') return { entry, record: asDeadLetter(entry, decoded), outcome: undefined };
  return { entry, record: undefined, outcome: 'dead_letter', fault: decoded };
}

type Decoded = { record: IngestRecord } | { reason: DeadLetterReason; detail: string };

function decodeRecord(topic: Topic, value: Buffer): Decoded {
  if (!isUtf8(value)) return { reason: 'invalid_utf8', detail: 'the record is not UTF-8' };
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch (error) {
    return { reason: 'invalid_json', detail: String(error).slice(0, DETAIL_CHARS) };
  }
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  const schemas = TOPIC_SCHEMAS[topic] ?? {};
  const schema = typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) {
    return {
      reason: 'unknown_type',
      detail: `topic ${topic} has no records of type ${JSON.stringify(type)}`.slice(0, DETAIL_CHARS),
    };
  }
  const current = toCurrentVersion(json);
  if (!current.ok) return { reason: 'unknown_version', detail: newerVersionText(current) };
  const parsed = schema.safeParse(current.record);
  if (parsed.success) return partnerFault(parsed.data) ?? { record: parsed.data };
  const issue = parsed.error.issues[0]!;
  return {
    reason: issue.message === 'invalid_identity' ? 'invalid_identity' : 'invalid_record',
    detail: `${issue.path.join('.')}: ${issue.message}`.slice(0, DETAIL_CHARS),
  };
}

/** A sync hangs a partner's id on a cookie, on nothing else. */
function partnerFault(record: IngestRecord): Decoded | undefined {
  if (record.type !== 'sync' || identityKind(record.identity) === 'cookie') return undefined;
  return { reason: 'invalid_identity', detail: 'identity: a sync is about a cookie' };
}

function asDeadLetter(
  entry: LogEntry,
  fault: { reason: DeadLetterReason; detail: string },
): DeadLetterRecord {
  return {
    v: 1,
    type: 'dead-letter',
    source: 'dead-letters',
    // No clock: the row must be the same on replay.
    at: 0,
    reason: fault.reason,
    detail: fault.detail,
    record: recordText(entry.value),
  };
}
