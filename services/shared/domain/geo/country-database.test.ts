import { readFileSync } from 'node:fs';
import { Reader } from 'mmdb-lib';
import { CountryDatabase } from './country-database';

const database = new CountryDatabase(
  readFileSync(require.resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb')),
);

test.each([
  ['8.8.8.8', 'US'],
  ['193.0.6.139', 'NL'],
  ['::ffff:193.0.6.139', 'NL'],
  ['2001:67c:2e8:22::c100:68b', 'NL'],
  // Private, special and unknown ones.
  ['10.0.0.1', undefined],
  ['127.0.0.1', undefined],
  ['192.168.1.1', undefined],
  ['::1', undefined],
  ['fe80::1', undefined],
  ['::ffff:10.0.0.1', undefined],
  ['224.0.0.1', undefined],
  // No addresses, though some programs take them for such.
  ['', undefined],
  ['8.8.8', undefined],
  ['134744072', undefined],
  ['0x08080808', undefined],
  ['8.8.8.8:80', undefined],
  ['example.com', undefined],
])('%j is in %s', (address, country) => {
  expect(database.countryOf(address)).toBe(country);
});

test('what is no database is refused', () => {
  expect(() => new CountryDatabase(Buffer.from('no database'))).toThrow();
});

test('the country is found in records as MaxMind writes them, too', () => {
  const get = jest.spyOn(Reader.prototype, 'get').mockReturnValueOnce({ country: { iso_code: 'SE' } });
  expect(database.countryOf('8.8.8.8')).toBe('SE');
  get.mockReturnValueOnce({});
  expect(database.countryOf('8.8.8.8')).toBeUndefined();
  get.mockReturnValueOnce(null);
  expect(database.countryOf('8.8.8.8')).toBeUndefined();
  get.mockRestore();
});
