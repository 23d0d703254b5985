import { newerVersionText, toCurrentVersion } from '../../domain/record-versions';
import type { LogBatch } from './log';

/**
 * The batch up to the first record that a newer release wrote. For readers that must miss nothing and can put nothing
 * aside, as what they read has an order, or is written to no table: they do what they can read, and then wait at
 * the record, uncommitted, until they are upgraded. Throws when it is the first of the batch.
 */
export function readablePart(batch: LogBatch): LogBatch {
  const { topic, partition, entries } = batch;
  for (const [i, { offset, value }] of entries.entries()) {
    const version = toCurrentVersion(parsed(value));
    if (version.ok) continue;
    if (i === 0) throw new Error(`${topic}/${partition}/${offset} waits here: ${newerVersionText(version)}`);
    return { ...batch, entries: entries.slice(0, i), to: offset };
  }
  return batch;
}

/** What is no JSON is of no version; the reader itself says what becomes of it. */
function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
