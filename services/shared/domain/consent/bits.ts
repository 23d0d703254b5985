/**
 * A consent decision packed into one small integer, so that it travels with every record and lookup.
 *
 * bit 0 `signal`: a signal was present (a string, GPC, …) and decided; without it the default did.
 * bit 1 `storage`: TCF purpose 1, we may write a cookie.
 * bit 2 `profile`: P1+P3, the record may form a profile.
 * bit 3 `personalisation`: P1+P3+P4, segments may decide a bid.
 * bit 4 `measurement`: P7.
 */
export type ConsentBits = number;

export const CONSENT = { signal: 1, storage: 2, profile: 4, personalisation: 8, measurement: 16 } as const;

/** Everything allowed, nobody asked: what a record without any signal outside TCF territory carries. */
export const CONSENT_DEFAULT_ALLOWED: ConsentBits =
  CONSENT.storage | CONSENT.profile | CONSENT.personalisation | CONSENT.measurement;

export type ConsentGate = Exclude<keyof typeof CONSENT, 'signal'>;

export function allows(bits: ConsentBits, gate: ConsentGate): boolean {
  return (bits & CONSENT[gate]) !== 0;
}
