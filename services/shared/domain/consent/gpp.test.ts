import { Sections } from '@iabgpp/cmpapi';
import { CONSENT } from './bits';
import { gppSections } from './gpp';
import { gppString, tcString } from './testing/strings';

const STATES = [...Sections.SECTION_ID_NAME_MAP].filter(([id]) => id >= 7);

test('all US sections of the standard are known', () => {
  expect(STATES.map(([id]) => id).sort((a, b) => a - b)).toEqual([
    7,
    8,
    9,
    ...Array.from({ length: 18 }, (_, i) => i + 10),
  ]);
});

describe.each(STATES)('section %d, %s', (id, name) => {
  test('opted out of sale', () => {
    expect(gppSections(gppString({ [name]: { SaleOptOut: 1 } })).get(id)).toEqual({ kind: 'opt-out' });
  });
  test('did not opt out', () => {
    expect(gppSections(gppString({ [name]: { SaleOptOut: 2 } })).get(id)).toEqual({ kind: 'opted-in' });
  });
  test('not applicable says nothing', () => {
    expect(gppSections(gppString({ [name]: { SaleOptOut: 0 } })).size).toBe(0);
  });
  const second = name === 'usca' ? 'SharingOptOut' : 'TargetedAdvertisingOptOut';
  test(`opted out of ${second}`, () => {
    const text = gppString({ [name]: { SaleOptOut: 2, [second]: 1 } });
    expect(gppSections(text).get(id)).toEqual({ kind: 'opt-out' });
  });
});

test.each([
  ['the GPC segment', { SaleOptOut: 2, GpcSegmentIncluded: true, Gpc: true }],
  ['a known child without consent', { SaleOptOut: 2, KnownChildSensitiveDataConsents: [0, 1, 0] }],
  ['sharing', { SharingOptOut: 1 }],
])('%s is an opt-out', (_, fields) => {
  expect(gppSections(gppString({ usnat: fields })).get(7)).toEqual({ kind: 'opt-out' });
});

test.each([
  ['Y', 'opt-out'],
  ['N', 'opted-in'],
  ['-', undefined],
])('uspv1 with %s in the third place', (sale, kind) => {
  expect(gppSections(gppString({ uspv1: { OptOutSale: sale } })).get(6)?.kind).toBe(kind);
});

test('the TCF section is handed on as it stands', () => {
  const tcf = tcString({ purposes: [1], created: '2025-05-05T00:00:00Z' });
  expect(gppSections(`DBABMA~${tcf}`).get(2)).toEqual({ kind: 'tcf', text: tcf });
  expect(gppSections(tcf).get(2)).toEqual({ kind: 'tcf', text: tcf });
});

describe('TCF Canada', () => {
  const purposes = (...ids: number[]): boolean[] => Array.from({ length: 24 }, (_, i) => ids.includes(i + 1));
  const { storage, profile, personalisation, measurement } = CONSENT;
  const canada = (express: number[], implied: number[]): string =>
    gppString({
      tcfcav1: { PurposesExpressConsent: purposes(...express), PurposesImpliedConsent: purposes(...implied) },
    });

  test.each([
    [[], [], 0],
    [[2, 5, 6, 8, 24], [2, 5, 6, 8, 24], 0],
    [[1], [], storage],
    [[], [1], storage],
    [[3, 4, 7], [], measurement],
    [[4], [1], storage],
    [[1], [3], storage | profile],
    [[3], [4], 0],
    [[1, 4], [3], storage | profile | personalisation],
    [[], [1, 3, 4, 7], storage | profile | personalisation | measurement],
  ])('express consent to %j and implied to %j', (express, implied, bits) => {
    expect(gppSections(canada(express, implied)).get(5)).toEqual({ kind: 'bits', bits });
  });

  test('a section cut off before its purposes end says nothing', () => {
    const [header = '', section = ''] = canada([1, 3, 4, 7], []).split('~');
    expect(gppSections(`${header}~${section.slice(0, 34)}`).has(5)).toBe(true);
    expect(gppSections(`${header}~${section.slice(0, 33)}`).size).toBe(0);
  });
});

test('16,384 characters are read, one more says nothing', () => {
  expect(gppSections('C'.repeat(16_384)).size).toBe(1);
  expect(gppSections('C'.repeat(16_385)).size).toBe(0);
});

test('several sections, one of them unreadable: the others still speak', () => {
  const text = gppString({ uspv1: { OptOutSale: 'N' }, usnat: { SaleOptOut: 1 }, usca: { SaleOptOut: 2 } });
  const [header, usp, , usca] = text.split('~');
  const sections = gppSections([header, usp, '!!!', usca].join('~'));
  expect([...sections]).toEqual([
    [6, { kind: 'opted-in' }],
    [8, { kind: 'opted-in' }],
  ]);
});

test.each([
  '',
  'DBAA',
  'DBABLA',
  'DBABLA~',
  'DBABLA~a~b',
  // A header of section 2 alone, with an empty one, and with one more than it names.
  'DBABMA~',
  'DBABMA~a~b',
  'xxx~yyy',
  '!!~!!',
  '${GPP_STRING_755}',
  'DB'.padEnd(300, 'A') + '~x',
  'D'.repeat(20_000),
])('%j has no sections and does not throw', (text) => {
  expect(gppSections(text).size).toBe(0);
});
