import type { DeadLetterRecord, EventRecord, NoticeRecord } from '../shared/domain/records';
import type { BatchContext, IngestDeps } from './batch-context';
import { dropResent } from './drop-resent';
import { isLive, type LiveItem, receivedAtOf } from './item';
import { dropTraitRepeats } from './trait-repeats';

/** How long a repeat of an event, a notice or a dead letter is recognised. */
export const CLAIM_TTL_MS = 7 * 86_400_000;

/** Claim spaces and keys, the same for ingest and for reseeding. */
export const claimOf = {
  event: (publisher: string | null, id: string) => ({ space: `event:${publisher ?? ''}`, key: id }),
  notice: (kind: NoticeRecord['kind'], bidId: string) => ({ space: 'notice', key: `${kind}:${bidId}` }),
  deadLetter: (position: string) => ({ space: 'dead-letter', key: position }),
};

/** Step: what was counted before is a duplicate. */
export async function deduplicate(context: BatchContext, deps: IngestDeps): Promise<void> {
  const live = context.items.filter(isLive);
  if (context.topic === 'traits') return dropTraitRepeats(context, live, deps);
  if (context.topic === 'bids') return dropResent(context, live, deps);
  await dropClaimed(context, live, deps);
}

/**
 * First come, first counted. A claim keeps the position in the log that made it, so a replay finds its own. Time
 * is the records' own and not the clock's: a replay must decide the same.
 */
async function dropClaimed(context: BatchContext, live: LiveItem[], deps: IngestDeps): Promise<void> {
  const bySpace = new Map<string, { item: LiveItem; key: string }[]>();
  for (const item of live) {
    const claim = claimFor(item.record as EventRecord | NoticeRecord | DeadLetterRecord);
    if (claim === undefined) continue;
    const claims = bySpace.get(claim.space) ?? [];
    claims.push({ item, key: claim.key });
    bySpace.set(claim.space, claims);
  }
  for (const [space, claims] of bySpace) {
    const nowMs = claims.reduce((newest, { item }) => Math.max(newest, receivedAtOf(item.record)), 0);
    const holders = await deps.lookups.claims.claim(
      space,
      claims.map(({ item, key }) => ({
        key,
        position: { partition: context.partition, offset: item.entry.offset },
        expiresAt: receivedAtOf(item.record) + CLAIM_TTL_MS,
      })),
      nowMs,
    );
    claims.forEach(({ item }, i) => {
      const holder = holders[i]!;
      const own = holder.partition === context.partition && holder.offset === item.entry.offset;
      if (!own) item.outcome = 'duplicate';
    });
  }
}

function claimFor(
  record: EventRecord | NoticeRecord | DeadLetterRecord,
): { space: string; key: string } | undefined {
  switch (record.type) {
    case 'event':
      return record.id === undefined ? undefined : claimOf.event(record.publisher, record.id);
    case 'notice':
      return claimOf.notice(record.kind, record.bidId);
    case 'dead-letter':
      return record.position === undefined ? undefined : claimOf.deadLetter(record.position);
    default:
      return undefined;
  }
}
