import { z } from 'zod';
import { identityKind } from '../../shared/domain/identity';
import type { DeadLetterReason } from '../../shared/domain/reasons';
import { newerVersionText, toCurrentVersion } from '../../shared/domain/record-versions';
import type { LinkRecord, PrivacyRecord } from '../../shared/domain/records';
import type { LogEntry } from '../../shared/stores/log/log';

const v = z.literal(1);
const at = z
  .int()
  .min(0)
  .max(Date.UTC(2200, 0, 1));
const identity = z
  .string()
  .max(512)
  .refine((value) => identityKind(value) !== undefined, { error: 'invalid_identity' });
const end = z.object({ iid: z.int().min(1), identity });

const news = z.discriminatedUnion('type', [
  z.object({
    v,
    type: z.literal('link'),
    kind: z.enum(['partner', 'event', 'unsync']),
    a: end,
    b: end.optional(),
    partner: z.string().optional(),
    at,
  }),
  z.object({
    v,
    type: z.literal('optout'),
    identities: z.array(identity).min(1).max(1_000),
    at,
    receivedAt: at,
  }),
  z.object({
    v,
    type: z.literal('optin'),
    identities: z.array(identity).min(1).max(1_000),
    at,
    receivedAt: at,
  }),
]);

export type News = LinkRecord | PrivacyRecord;

export type DecodedNews = { news: News } | { reason: DeadLetterReason; detail: string };

/** A record of `links` or `privacy`; a fault is a value, it stops nobody else. */
export function decodeNews(entry: LogEntry): DecodedNews {
  let json: unknown;
  try {
    json = JSON.parse(entry.value.toString('utf8'));
  } catch (error) {
    return { reason: 'invalid_json', detail: String(error).slice(0, 500) };
  }
  const current = toCurrentVersion(json);
  if (!current.ok) return { reason: 'unknown_version', detail: newerVersionText(current) };
  const parsed = news.safeParse(current.record);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const reason = issue.message === 'invalid_identity' ? 'invalid_identity' : 'invalid_record';
    return { reason, detail: `${issue.path.join('.')}: ${issue.message}`.slice(0, 500) };
  }
  const record = parsed.data;
  if (record.type === 'link' && record.kind === 'event' && record.b === undefined) {
    return { reason: 'invalid_record', detail: 'b: an event links two identities' };
  }
  return { news: record };
}
