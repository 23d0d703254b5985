/**
 * IAB US Privacy String v1: version, notice given, opted out of sale, LSPA. True: opted out; false: did not;
 * undefined: unreadable or not applicable (`1---`), which says nothing.
 */
export function usPrivacyOptOut(text: string): boolean | undefined {
  const match = /^1[YN-]([YN-])[YN-]$/i.exec(text.trim());
  const sale = match?.[1]?.toUpperCase();
  return sale === 'Y' ? true : sale === 'N' ? false : undefined;
}
