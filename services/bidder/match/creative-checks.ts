import type { LineItemReason } from '../../shared/domain/reasons';
import type { Banner, Imp } from '../request/bid-request';
import type { CompiledCreative } from '../snapshot/creative';

/** What an impression demands of a banner's markup, OpenRTB 3.2.4 and 3.2.6; its size was checked before. */
export function reasonAgainstCreative(
  creative: CompiledCreative,
  imp: Imp,
  { mimes, api, battr, btype }: Banner,
): LineItemReason | undefined {
  if (imp.secure && !creative.secure) return 'creative_not_secure';
  if (mimes.length > 0 && !creative.mimes.every((mime) => mimes.includes(mime))) return 'creative_mime';
  // "If an API is not explicitly listed, it is assumed not to be supported."
  if (!creative.api.every((needed) => api.includes(needed))) return 'creative_api';
  if (battr.length > 0 && creative.attr.some((attribute) => battr.includes(attribute)))
    return 'creative_attribute';
  if (btype.length > 0 && creative.types.some((type) => btype.includes(type))) return 'creative_type';
  return undefined;
}
