import { openCountryLookup } from './country-lookup';

const countryOf = openCountryLookup();

test.each([
  ['193.0.6.139', 'NL'],
  ['85.214.132.117', 'DE'],
  ['195.186.1.111', 'CH'],
  ['81.2.69.142', 'GB'],
  ['72.229.28.185', 'US'],
  ['2001:67c:2e8:22::c100:68b', 'NL'],
  ['2a02:8109::1', 'DE'],
  ['2600:1f18::1', 'US'],
  ['::ffff:193.0.6.139', 'NL'],
])('%s is in %s', (address, country) => {
  expect(countryOf(address)).toBe(country);
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '192.168.1.1',
  '::1',
  'fe80::1',
  'fd00::1',
  '',
  'nonsense',
  '1.2.3',
  '::ffff:10.0.0.1',
])('the country of %j is unknown', (address) => {
  expect(countryOf(address)).toBeUndefined();
});

test('a missing database is an error, not an unknown country', () => {
  expect(() => openCountryLookup({ file: '/nowhere/country.mmdb' })('193.0.6.139')).toThrow();
});
