import type { Topic } from '../../domain/records';
import { RECORD_BYTES_MAX } from './log';

/** The caller must not try again: the record would never fit. Nothing of the append was stored. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';

  constructor(topic: Topic, bytes: number) {
    super(`a record of ${bytes} bytes for topic ${topic} exceeds the limit of ${RECORD_BYTES_MAX} bytes`);
  }
}

/** A range that was asked for begins before what retention has left. */
export class RangeNotHeldError extends Error {
  override readonly name = 'RangeNotHeldError';

  constructor(topic: Topic, partition: number, from: number, earliest: number) {
    super(`${topic}/${partition} holds records from offset ${earliest} on, not ${from}`);
  }
}
