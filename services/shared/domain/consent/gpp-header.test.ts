import { HeaderV1 } from '@iabgpp/cmpapi';
import fc from 'fast-check';
import { gppSectionIds } from './gpp-header';
import { bitsToDigits } from './testing/strings';

/** A header of version 1 whose ranges are the given Fibonacci codes. */
function header(count: number, ranges: string): string {
  return bitsToDigits(`000011000001${count.toString(2).padStart(12, '0')}${ranges}`);
}

/** The IAB's own encoder. */
function encoded(ids: number[]): string {
  const model = new HeaderV1();
  model.setFieldValue('SectionIds', ids);
  return model.encode();
}

test('the ids are read as the IAB’s encoder wrote them', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 40 });
  fc.assert(
    fc.property(ids, (unsorted) => {
      const sorted = unsorted.sort((a, b) => a - b);
      expect(gppSectionIds(encoded(sorted))).toEqual(sorted);
    }),
  );
});

test.each([
  ['no section', [], []],
  ['one', [2], [2]],
  ['a range', [7, 8, 9], [7, 8, 9]],
  ['ranges and single ones', [2, 5, 6, 7, 22], [2, 5, 6, 7, 22]],
  ['the highest', [255], [255]],
  ['a range up to the highest', [254, 255], [254, 255]],
])('%s is read', (_, ids, expected) => {
  expect(gppSectionIds(encoded(ids))).toEqual(expected);
});

test.each([
  ['one above the highest', encoded([256]), 'no such section'],
  ['a range that ends above it', encoded([255, 256]), 'no such section'],
  // Distances from the section before: their sum counts.
  ['several that add up to more', encoded([200, 255, 300]), 'no such section'],
  // The IAB's decoder would make a list of three and a half million.
  [
    'a range of millions, said in 14 digits',
    header(1, `1${'0'.repeat(30)}11${'0'.repeat(31)}11`),
    'no such section',
  ],
  ['fewer ranges than it says', header(2, '0110'), 'the header ends too early'],
  ['half a range', header(1, '1011'), 'the header ends too early'],
  ['a range without its end', header(1, '10110'), 'the header ends too early'],
  ['nothing', '', 'no GPP header of version 1'],
  ['another type', 'CBABMA', 'no GPP header of version 1'],
  ['another version', 'DCABMA', 'no GPP header of version 1'],
  ['something in front of it', ' DBABMA', 'no GPP header of version 1'],
  ['more than 256 digits', 'DBABMA'.padEnd(257, 'A'), 'no GPP header of version 1'],
])('a header that names %s is refused', (_, text, message) => {
  expect(() => gppSectionIds(text)).toThrow(message);
});

test('256 digits are not too many', () => {
  expect(gppSectionIds('DBABMA'.padEnd(256, 'A'))).toEqual([2]);
});
