import { parseIdentity } from '../../shared/domain/identity';
import type { PartnerIdCipher } from '../../shared/domain/partner-id';
import type { IdentityText } from '../../shared/domain/records';
import type { BidRequest } from '../request/bid-request';

/** One batched lookup asks for so many at most. */
export const CANDIDATES_MAX = 8;

/**
 * Identities that a request names, best first: our own id as the exchange's partner sees it, the exchange's
 * id through that partner, extended ids, and the device's id unless ad tracking is limited. What is no
 * identity (zeros, `null`, another shape) is left out.
 */
export function candidatesOf(
  { user, device }: BidRequest,
  partner: string | undefined,
  cipher: PartnerIdCipher,
): IdentityText[] {
  const candidates: IdentityText[] = [];
  if (partner !== undefined) {
    const cookie = user.buyeruid === undefined ? null : cipher.decrypt(partner, user.buyeruid);
    if (cookie !== null) add(candidates, `cookie:${cookie}`);
    if (user.id !== undefined) add(candidates, `partner:${partner}:${user.id}`);
  }
  for (const { source, id } of user.eids) {
    if (candidates.length >= CANDIDATES_MAX) break;
    add(candidates, `eid:${source}:${id}`);
  }
  if (device.ifa !== undefined && !device.lmt) {
    // The device's own id is never crowded out by extended ones.
    if (candidates.length >= CANDIDATES_MAX) candidates.length = CANDIDATES_MAX - 1;
    add(candidates, `maid:${device.ifa}`);
  }
  return candidates;
}

function add(candidates: IdentityText[], text: string): void {
  const parsed = parseIdentity(text);
  if (parsed.ok) candidates.push(parsed.identity.text);
}
