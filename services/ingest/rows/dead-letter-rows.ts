import type { DeadLetterRecord } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';

export const DEAD_LETTER_COLUMNS = [
  'source',
  'at',
  'reason',
  'detail',
  'record',
  'partition',
  'offset',
] as const;

export function deadLetterRow(letter: DeadLetterRecord, partition: number, offset: number): Row {
  return [letter.source, letter.at, letter.reason, letter.detail, letter.record, partition, offset];
}
