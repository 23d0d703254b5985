import { isTcfCountry } from './territory';

test.each(['DE', 'DEU', 'de', 'GB', 'GBR', 'UK', 'CH', 'CHE', 'IS', 'NOR', 'LI', 'RE', 'GLP'])(
  'TCF applies in %s',
  (country) => {
    expect(isTcfCountry(country)).toBe(true);
  },
);

test.each(['US', 'USA', 'TR', 'RS', 'CA', 'BRA', '', 'XX', 'Germany'])(
  'TCF does not apply in %j',
  (country) => {
    expect(isTcfCountry(country)).toBe(false);
  },
);

test('every country is known by both its codes', () => {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  expect(names.of('AT')).toBe('Austria');
  const alpha2 =
    'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO GB CH'.split(
      ' ',
    );
  expect(alpha2).toHaveLength(32);
  expect(alpha2.every(isTcfCountry)).toBe(true);
});
