import { z } from 'zod';
import { newerVersionText, toCurrentVersion } from '../shared/domain/record-versions';
import type { ChangeRecord } from '../shared/domain/records';
import type { Fault } from '../shared/stores/log/dead-letters';
import type { LogEntry } from '../shared/stores/log/log';

const DETAIL_CHARS = 500;

const change = z.object({
  v: z.literal(1),
  type: z.literal('change'),
  iids: z.array(z.int().min(0)),
  events: z.array(z.string()),
  traits: z.array(z.string()),
  people: z.boolean(),
  receivedAt: z.number(),
}) satisfies z.ZodType<ChangeRecord>;

/** Records of `changes`; a fault is a value, it stops nobody else. Throws at one of a newer release: see `readablePart`. */
export function decodeChanges(entries: readonly LogEntry[]): { changes: ChangeRecord[]; faults: Fault[] } {
  const changes: ChangeRecord[] = [];
  const faults: Fault[] = [];
  for (const entry of entries) {
    let json: unknown;
    try {
      json = JSON.parse(entry.value.toString('utf8'));
    } catch (error) {
      faults.push({ entry, reason: 'invalid_json', detail: String(error).slice(0, DETAIL_CHARS) });
      continue;
    }
    const current = toCurrentVersion(json);
    if (!current.ok) throw new Error(newerVersionText(current));
    const parsed = change.safeParse(current.record);
    if (parsed.success) changes.push(parsed.data);
    else {
      const issue = parsed.error.issues[0]!;
      const detail = `${issue.path.join('.')}: ${issue.message}`.slice(0, DETAIL_CHARS);
      faults.push({ entry, reason: 'invalid_record', detail });
    }
  }
  return { changes, faults };
}
