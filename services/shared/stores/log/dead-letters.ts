import type { DeadLetterReason } from '../../domain/reasons';
import type { DeadLetterRecord, Topic } from '../../domain/records';
import { type AppendRecord, type LogEntry, RECORD_BYTES_MAX } from './log';

const BASE64 = 'base64:';
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface Fault {
  entry: LogEntry;
  reason: DeadLetterReason;
  detail: string;
}

/** What could not be used, whole and with its reason, for topic `dead-letters`. */
export function deadLetter(topic: Topic, partition: number, fault: Fault, at: number): AppendRecord {
  const { entry, reason, detail } = fault;
  const position = `${topic}/${partition}/${entry.offset}`;
  let letter: DeadLetterRecord = {
    v: 1,
    type: 'dead-letter',
    source: topic,
    position,
    key: entry.key,
    at,
    reason,
    detail,
    record: recordText(entry.value),
  };
  let value = Buffer.from(JSON.stringify(letter));
  // Only a record near the log's own limit: wrapped up it no longer fits, and its place in the log must do.
  while (value.length + position.length > RECORD_BYTES_MAX) {
    const record = letter.record.slice(0, letter.record.length / 2);
    letter = { ...letter, record, cut: true, detail: `${detail} (record cut, whole at ${position})` };
    value = Buffer.from(JSON.stringify(letter));
  }
  return { key: position, value };
}

/** What `recordText` was made from. */
export function recordBytes(record: string): Buffer {
  return record.startsWith(BASE64) ? Buffer.from(record.slice(BASE64.length), 'base64') : Buffer.from(record);
}

/** The record as it came: text, or base64 behind `base64:` when it is not UTF-8. */
export function recordText(value: Buffer): string {
  try {
    return utf8.decode(value);
  } catch {
    return `${BASE64}${value.toString('base64')}`;
  }
}
