import { MINUTE_MS, parseTimestamp } from '../shared/domain/time';
import { parsed, rejected, type Parsed } from './parsed';

/** Clocks of senders may run ahead by this much. */
const AHEAD_MAX_MS = 5 * MINUTE_MS;

/** A time of a record: RFC 3339, not over 5 minutes ahead, not older than the retention. */
export function parseAt(value: unknown, nowMs: number, retentionMs: number): Parsed<number> {
  const at = typeof value === 'string' ? parseTimestamp(value) : null;
  if (at === null) return rejected('invalid_field', 'at is not a time of RFC 3339');
  if (at > nowMs + AHEAD_MAX_MS) return rejected('at_in_future', 'at is over 5 minutes ahead');
  if (at < nowMs - retentionMs) return rejected('at_too_old', 'at is older than the retention');
  return parsed(at);
}
