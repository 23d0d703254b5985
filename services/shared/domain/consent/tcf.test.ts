import { RestrictionType, TCString } from '@iabtcf/core';
import fc from 'fast-check';
import { CONSENT } from './bits';
import { tcfConsent } from './tcf';
import { bitsToDigits, digitsToBits, tcString } from './testing/strings';

const US = 755;
const PROVIDER = 42;
const { storage: S, profile: P, personalisation: B, measurement: M } = CONSENT;
const ALL = { purposes: [1, 3, 4, 7], vendors: [US, PROVIDER] };
const { NOT_ALLOWED, REQUIRE_CONSENT, REQUIRE_LI } = RestrictionType;

describe('purposes and vendors', () => {
  test.each([
    ['all of ours', ALL, [US], S | P | B | M],
    ['no purpose', { vendors: [US] }, [US], 0],
    ['purpose 1 alone', { purposes: [1], vendors: [US] }, [US], S],
    ['purposes 1 and 3', { purposes: [1, 3], vendors: [US] }, [US], S | P],
    ['personalisation without a profile', { purposes: [1, 4], vendors: [US] }, [US], S],
    ['a profile without storage', { purposes: [3, 4, 7], vendors: [US] }, [US], M],
    ['all purposes, our vendor left out', { purposes: [1, 3, 4, 7], vendors: [1, 2] }, [US], 0],
    ['all purposes, nobody asked for a vendor', { purposes: [1, 3, 4, 7] }, [], S | P | B | M],
    ['a provider beside us', ALL, [US, PROVIDER], S | P | B | M],
    ['a provider without consent', { ...ALL, vendors: [US] }, [US, PROVIDER], 0],
    ['a provider alone', { ...ALL, vendors: [PROVIDER] }, [PROVIDER], S | P | B | M],
    [
      'vendors as ranges',
      { ...ALL, vendors: Array.from({ length: 800 }, (_, i) => i + 1) },
      [US],
      S | P | B | M,
    ],
  ])('%s', (_, options, vendors, bits) => {
    expect(tcfConsent(tcString(options), vendors)).toBe(bits);
  });
});

describe('legitimate interest', () => {
  const li = { legitimateInterests: [3, 4, 7], vendorLegitimateInterests: [US] };
  test.each([
    ['counts for measurement only', { ...li, purposes: [1], vendors: [US] }, [US], S | M],
    ['needs the vendor', { legitimateInterests: [7], purposes: [1], vendors: [US] }, [US], S],
    ['needs no vendor when none is asked for', { legitimateInterests: [3, 7], purposes: [1] }, [], S | M],
  ])('%s', (_, options, vendors, bits) => {
    expect(tcfConsent(tcString(options), vendors)).toBe(bits);
  });
});

describe('publisher restrictions come first', () => {
  const li = { legitimateInterests: [7], vendorLegitimateInterests: [US] };
  test.each([
    ['a purpose not allowed to us', ALL, [{ purpose: 4, type: NOT_ALLOWED, vendors: [US] }], S | P | M],
    ['purpose 1 not allowed to us', ALL, [{ purpose: 1, type: NOT_ALLOWED, vendors: [US] }], M],
    [
      'another vendor restricted',
      ALL,
      [{ purpose: 4, type: NOT_ALLOWED, vendors: [1, 2, 754, 756] }],
      S | P | B | M,
    ],
    ['us within a range', ALL, [{ purpose: 3, type: NOT_ALLOWED, vendors: range(700, 800) }], S | M],
    [
      'consent required and given',
      ALL,
      [{ purpose: 7, type: REQUIRE_CONSENT, vendors: [US] }],
      S | P | B | M,
    ],
    [
      'consent required, only interest claimed',
      { purposes: [1], vendors: [US], ...li },
      [{ purpose: 7, type: REQUIRE_CONSENT, vendors: [US] }],
      S,
    ],
    ['interest required, consent given', ALL, [{ purpose: 7, type: REQUIRE_LI, vendors: [US] }], S | P | B],
    ['interest required where there is none', ALL, [{ purpose: 3, type: REQUIRE_LI, vendors: [US] }], S | M],
    [
      'the strictest of two',
      ALL,
      [
        { purpose: 4, type: REQUIRE_CONSENT, vendors: [US] },
        { purpose: 4, type: NOT_ALLOWED, vendors: [US] },
      ],
      S | P | M,
    ],
    [
      'the last of many',
      ALL,
      [2, 5, 6, 8, 9, 10, 3].map((purpose) => ({
        purpose,
        type: NOT_ALLOWED,
        vendors: [3, 9, ...range(750, 760)],
      })),
      S | M,
    ],
  ])('%s', (_, options, restrictions, bits) => {
    expect(tcfConsent(tcString({ ...options, restrictions }), [US])).toBe(bits);
  });

  test('they bind vendors: without one to ask for there is nobody to restrict', () => {
    const text = tcString({ ...ALL, restrictions: [{ purpose: 4, type: NOT_ALLOWED, vendors: [US] }] });
    expect(tcfConsent(text, [])).toBe(S | P | B | M);
  });
});

describe('disclosed vendors (TCF 2.3)', () => {
  test.each([
    ['an old string without the segment', { created: '2026-02-28T23:59:59Z' }, S | P | B | M],
    ['a new string without the segment', { created: '2026-03-01T00:00:00Z' }, null],
    [
      'a new string with us disclosed',
      { created: '2026-03-01T00:00:00Z', disclosed: [1, US] },
      S | P | B | M,
    ],
    ['a new string without us disclosed', { created: '2026-03-01T00:00:00Z', disclosed: [1, 2] }, 0],
    ['an old string without us disclosed', { created: '2025-01-01T00:00:00Z', disclosed: [1, 2] }, 0],
  ])('%s', (_, options, bits) => {
    expect(tcfConsent(tcString({ ...ALL, ...options }), [US])).toBe(bits);
  });

  test('a new string needs the segment even when nobody asks for a vendor', () => {
    expect(tcfConsent(tcString({ ...ALL, created: '2026-04-01T00:00:00Z' }), [])).toBeNull();
    expect(tcfConsent(tcString({ ...ALL, created: '2026-04-01T00:00:00Z', disclosed: [1] }), [])).toBe(
      S | P | B | M,
    );
  });

  test('other segments do not stand in for it', () => {
    const text = tcString({ ...ALL, created: '2026-04-01T00:00:00Z', publisher: true });
    expect(tcfConsent(text, [US])).toBeNull();
    const both = tcString({ ...ALL, created: '2026-04-01T00:00:00Z', publisher: true, disclosed: [US] });
    expect(tcfConsent(both, [US])).toBe(S | P | B | M);
  });
});

describe('unreadable strings allow nothing and never throw', () => {
  const good = tcString({ ...ALL, restrictions: [{ purpose: 4, type: NOT_ALLOWED, vendors: range(1, 50) }] });
  test.each([
    '',
    'x',
    '.',
    '1YNN',
    '${GDPR_CONSENT_755}',
    'not a string at all!',
    'BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA', // version 1
    good.slice(0, 30),
    good.slice(0, 54),
    `${good}.`,
    `${good}.!`,
    'C'.repeat(20_000),
    '\u0000',
  ])('%j', (text) => {
    expect(tcfConsent(text, [US])).toBeNull();
  });

  test('whatever is cut off or flipped, it is decided without throwing', () => {
    const text = tcString({
      ...ALL,
      disclosed: [US],
      restrictions: [{ purpose: 3, type: 1, vendors: [US] }],
    });
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.nat(text.length),
        fc.base64String({ maxLength: 3 }),
        (at, end, noise) => {
          const bits = tcfConsent(
            `${text.slice(0, at)}${noise}${text.slice(at + noise.length)}`.slice(0, end),
            [US],
          );
          expect(bits === null || (bits >= 0 && bits <= (S | P | B | M))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a short string that names 65,535 vendors is refused before anything is expanded', () => {
    for (const restricted of [false, true]) {
      const hostile = hostileString(restricted);
      expect(hostile.length).toBeLessThan(100);
      const started = process.cpuUsage();
      // A restriction on everybody is legitimate and read without expanding; a list of everybody is not.
      expect(tcfConsent(hostile, [US])).toBe(restricted ? 0 : null);
      // The decoder alone takes seconds for the restriction.
      expect(process.cpuUsage(started).user).toBeLessThan(500_000);
    }
  });
});

test('the example of the specification', () => {
  const text =
    'COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAA' +
    'AGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw';
  expect([2, 6, 8].map((vendor) => tcfConsent(text, [vendor]))).toEqual([S | P, S | P, S | P]);
  expect(tcfConsent(text, [3])).toBe(0);
  expect(tcfConsent(text, [])).toBe(S | P);
});

test('what the guard passes on is what the IAB decoder reads in the whole string', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 400 });
  const purposes = fc.uniqueArray(fc.integer({ min: 1, max: 11 }));
  fc.assert(
    fc.property(
      ids,
      purposes,
      fc.constantFrom(NOT_ALLOWED, REQUIRE_CONSENT),
      ids,
      (vendors, granted, type, restricted) => {
        const text = tcString({
          purposes: granted,
          vendors,
          restrictions: restricted.length > 0 ? [{ purpose: 3, type, vendors: restricted }] : [],
        });
        const model = TCString.decode(text);
        for (const vendor of [1, 2, 450, US]) {
          const consent = (purpose: number): boolean =>
            model.purposeConsents.has(purpose) &&
            model.vendorConsents.has(vendor) &&
            model.publisherRestrictions.getRestrictionType(vendor, purpose) !== NOT_ALLOWED;
          const bits = tcfConsent(text, [vendor]) ?? -1;
          expect((bits & S) !== 0).toBe(consent(1));
          expect((bits & P) !== 0).toBe(consent(1) && consent(3));
          expect((bits & M) !== 0).toBe(consent(7));
        }
      },
    ),
    { numRuns: 60 },
  );
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Bits by hand: one range from 1 to 65,535, as vendor consents or as a restriction of every purpose 1 to 10. */
function hostileString(restricted: boolean): string {
  const core = tcString({ purposes: [1, 3, 4, 7] });
  const bits = digitsToBits(core).slice(0, 213);
  const everybody = `1${'1'.padStart(16, '0')}${'1'.repeat(16)}`;
  const one = '000000000001';
  const list = `${'1'.repeat(16)}1${one}${everybody}`;
  const none = '0'.repeat(17);
  const restriction = `${one}${'000001'}${'00'}${one}${everybody}`;
  const all = bits + (restricted ? none + none + restriction : list + none + '0'.repeat(12));
  return bitsToDigits(all);
}
