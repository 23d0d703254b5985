import { identityKind } from '../shared/domain/identity';
import type { IdentityText, LinkRecord } from '../shared/domain/records';
import type { BatchContext, IngestDeps } from './batch-context';
import { isLive, type LiveItem, partnerIdentity } from './item';

/** Step: who was seen to be one person → topic `links`. Sending a link again changes nothing. */
export async function emitLinks(context: BatchContext, deps: IngestDeps): Promise<void> {
  const links = new Map<string, LinkRecord>();
  for (const item of context.items) {
    if (!isLive(item)) continue;
    for (const link of linksOf(item, context)) {
      const key = linkKey(link);
      // An event's link holds for ever; only what moves must be said each time.
      if (link.kind === 'event' && deps.recentLinks.has(key)) continue;
      links.set(key, link);
    }
  }
  if (links.size === 0) return;
  await deps.log.append(
    'links',
    [...links.values()].map((link) => ({ key: 'links', value: Buffer.from(JSON.stringify(link)) })),
  );
  for (const [key, link] of links) if (link.kind === 'event') deps.recentLinks.add(key);
}

function linkKey(link: LinkRecord): string {
  return `${link.kind}:${link.a.iid}:${link.b?.iid ?? 0}:${link.kind === 'event' ? '' : link.at}:${link.partner ?? ''}`;
}

function linksOf({ record }: LiveItem, context: BatchContext): LinkRecord[] {
  const end = (identity: IdentityText) => ({ iid: context.identities.get(identity)!.iid, identity });
  if (record.type === 'sync') {
    const partner = partnerIdentity(record);
    if (partner !== undefined) {
      return [
        { v: 1, type: 'link', kind: 'partner', a: end(partner), b: end(record.identity), at: record.at },
      ];
    }
    // A cookie that nobody knows has no mapping to take away.
    if (!context.identities.has(record.identity)) return [];
    return [
      { v: 1, type: 'link', kind: 'unsync', a: end(record.identity), partner: record.partner, at: record.at },
    ];
  }
  if (record.type !== 'event') return [];
  return eventPairs(record.identities).map(({ kind, a, b }) => ({
    v: 1,
    type: 'link',
    kind,
    a: end(a),
    b: end(b),
    at: record.at,
  }));
}

/**
 * Which identities of one event are linked, and how: each to the first. A partner's id beside a cookie is said to
 * be that cookie's, as by a sync, and may move on; so a cookie goes first where there is one.
 */
export function eventPairs(
  identities: readonly IdentityText[],
): { kind: 'partner' | 'event'; a: IdentityText; b: IdentityText }[] {
  const distinct = [...new Set(identities)];
  const hub = distinct.find((identity) => identityKind(identity) === 'cookie') ?? distinct[0]!;
  const hubIsCookie = identityKind(hub) === 'cookie';
  return distinct
    .filter((identity) => identity !== hub)
    .map((identity) =>
      hubIsCookie && identityKind(identity) === 'partner'
        ? { kind: 'partner', a: identity, b: hub }
        : { kind: 'event', a: hub, b: identity },
    );
}
