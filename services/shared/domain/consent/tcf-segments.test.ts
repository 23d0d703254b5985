import { RestrictionType } from '@iabtcf/core';
import { readRestrictions, RESTRICTION } from './tcf-restrictions';
import { splitTcf } from './tcf-segments';
import { bitsToDigits, digitsToBits, tcString } from './testing/strings';

const SAID = {
  purposes: [1, 3],
  legitimateInterests: [7],
  vendors: [2, 755],
  vendorLegitimateInterests: [9],
};
const { notAllowed, requireConsent, requireLegitimateInterest } = RESTRICTION;

const int = (value: number, width: number): string => value.toString(2).padStart(width, '0');
const field = (maxId: number): string => `${int(maxId, 16)}0${'1'.repeat(maxId)}`;
const single = (id: number): string => `0${int(id, 16)}`;
const span = (from: number, to: number): string => `1${int(from, 16)}${int(to, 16)}`;
const ranges = (...entries: string[]): string =>
  `${int(5_000, 16)}1${int(entries.length, 12)}${entries.join('')}`;
const NOBODY = field(0);
const UNRESTRICTED = int(0, 12);
const HEAD = digitsToBits(tcString({ purposes: [1, 3] })).slice(0, 213);
const core = (...parts: string[]): string => bitsToDigits(HEAD + parts.join(''));

describe('splitTcf', () => {
  test.each([
    ['nothing else', {}, SAID],
    ['disclosed vendors', { disclosed: [5, 755] }, { ...SAID, disclosed: [5, 755] }],
    ['the publisher’s own purposes', { publisher: true }, SAID],
    ['both', { disclosed: [5], publisher: true }, { ...SAID, disclosed: [5] }],
  ])('leaves of a string with restrictions and %s what is to be decoded', (_, beside, expected) => {
    const restrictions = [{ purpose: 3, type: RestrictionType.NOT_ALLOWED, vendors: [4, 5, 6, 755] }];
    const { text, hasDisclosedVendors } = splitTcf(tcString({ ...SAID, ...beside, restrictions }));
    expect(text).toBe(tcString(expected));
    expect(hasDisclosedVendors).toBe('disclosed' in beside);
  });

  test.each([
    ['a list of bits', field(10_000), NOBODY],
    ['one range', ranges(span(1, 10_000)), NOBODY],
    ['ranges and single ones', ranges(span(1, 9_998), single(9_999), single(20_000)), NOBODY],
    ['legitimate interests', NOBODY, ranges(span(50_001, 60_000))],
    ['each list by itself', field(10_000), field(10_000)],
  ])('10,000 vendors are not too many: %s', (_, consents, interests) => {
    const { restrictions } = splitTcf(core(consents, interests, UNRESTRICTED, '1'));
    expect(restrictions).toMatch(/^0{12}10*$/);
  });

  test.each([
    ['a list of 10,001 bits', core(field(10_001), NOBODY, UNRESTRICTED), 'too many vendors'],
    ['a range of 10,001', core(ranges(span(1, 10_001)), NOBODY, UNRESTRICTED), 'too many vendors'],
    ['10,000 and one', core(ranges(span(1, 10_000), single(1)), NOBODY, UNRESTRICTED), 'too many vendors'],
    ['a range that runs backwards', core(ranges(span(2, 1)), NOBODY, UNRESTRICTED), 'too many vendors'],
    ['10,001 by legitimate interest', core(NOBODY, field(10_001), UNRESTRICTED), 'too many vendors'],
    [
      'a disclosure to 10,001',
      `${core(NOBODY, NOBODY, UNRESTRICTED)}.${bitsToDigits(int(1, 3) + field(10_001))}`,
      'too many vendors',
    ],
    [
      'version 1',
      bitsToDigits(int(1, 6) + HEAD.slice(6) + NOBODY + NOBODY + UNRESTRICTED),
      'not of version 2',
    ],
    [
      'version 3',
      bitsToDigits(int(3, 6) + HEAD.slice(6) + NOBODY + NOBODY + UNRESTRICTED),
      'not of version 2',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => splitTcf(text)).toThrow(message);
  });

  test('a segment that nobody asks for is not read', () => {
    const text = tcString(SAID);
    expect(splitTcf(`${text}.A!`).text).toBe(text);
    expect(() => splitTcf(`${text}.!`)).toThrow();
  });

  test('16,384 characters are read, one more is not', () => {
    const text = tcString(SAID);
    const ofLength = (length: number): string => `${text}.${'A'.repeat(length - text.length - 1)}`;
    expect(splitTcf(ofLength(16_384)).text).toBe(text);
    expect(() => splitTcf(ofLength(16_385))).toThrow('too long');
  });
});

describe('readRestrictions', () => {
  const restrictions = [
    { purpose: 3, type: RestrictionType.NOT_ALLOWED, vendors: [700, 701, 702] },
    { purpose: 4, type: RestrictionType.REQUIRE_CONSENT, vendors: [2, 702, 755] },
    { purpose: 7, type: RestrictionType.REQUIRE_LI, vendors: [702] },
  ];
  const text = tcString({ restrictions });

  test.each([
    [1, []],
    [2, [[4, requireConsent]]],
    [699, []],
    [700, [[3, notAllowed]]],
    [701, [[3, notAllowed]]],
    [
      702,
      [
        [3, notAllowed],
        [4, requireConsent],
        [7, requireLegitimateInterest],
      ],
    ],
    [703, []],
    [755, [[4, requireConsent]]],
  ])('those on vendor %d', (vendor, expected) => {
    expect([...readRestrictions(splitTcf(text).restrictions, vendor)]).toEqual(expected);
  });

  const restriction = (purpose: number, type: number, vendor: number): string =>
    int(purpose, 6) + int(type, 2) + int(1, 12) + single(vendor);

  test.each([
    [notAllowed, requireLegitimateInterest],
    [requireLegitimateInterest, notAllowed],
  ])('of %d and %d on one purpose the strictest holds', (first, second) => {
    const both = int(2, 12) + restriction(3, first, 5) + restriction(3, second, 5);
    expect([...readRestrictions(both, 5)]).toEqual([[3, notAllowed]]);
  });

  test('an end in the middle of them is an error', () => {
    const one = int(1, 12) + restriction(3, notAllowed, 5);
    for (let end = 0; end < one.length; end++) {
      expect(() => readRestrictions(one.slice(0, end), 5)).toThrow();
    }
  });
});
