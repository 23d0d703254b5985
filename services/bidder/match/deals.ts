import type { Deal } from '../request/bid-request';
import type { CompiledCreative } from '../snapshot/creative';
import { normalDomain } from '../snapshot/domains';

/** OpenRTB 3.2.12 `wseat`. */
export function isSeatInDeal({ wseat }: Deal, seat: string | undefined): boolean {
  return wseat.length === 0 || (seat !== undefined && wseat.includes(seat));
}

/**
 * OpenRTB 3.2.12 `wadomain`: every domain that the bid names must be on it, itself. A list that blocks covers
 * what is below a domain; one that allows is not read that generously.
 */
export function isDomainAllowed({ wadomain }: Deal, { adomain }: CompiledCreative): boolean {
  if (wadomain.length === 0) return true;
  const allowed = new Set(wadomain.map(normalDomain));
  return adomain.length > 0 && adomain.every((domain) => allowed.has(normalDomain(domain)));
}
