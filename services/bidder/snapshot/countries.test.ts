import { regionForms, toAlpha2, toAlpha3 } from './countries';

test.each([
  ['USA', 'USA'],
  ['us', 'USA'],
  ['deu', 'DEU'],
  ['XKX', 'XKX'],
  ['Atlantis', 'ATLANTIS'],
])('%s is compared as %s', (country, alpha3) => {
  expect(toAlpha3(country)).toBe(alpha3);
});

test('a region is known by both its forms', () => {
  expect(regionForms('CA', 'USA')).toEqual(['ca', 'us-ca']);
  expect(regionForms('US-CA', 'USA')).toEqual(['us-ca', 'ca']);
  expect(regionForms('CA', undefined)).toEqual(['ca']);
});

test('alpha-2 is known of countries alone', () => {
  expect(toAlpha2('USA')).toBe('US');
  expect(toAlpha2('ATLANTIS')).toBeUndefined();
});
