import { regionForms, toAlpha2, toAlpha3 } from './countries';

test('every region code that ICU names has an alpha-3, and each alpha-3 one alpha-2', () => {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  // Named by ICU but not assigned by ISO 3166-1: exceptional reservations, withdrawn and private codes.
  const others = new Set('AC CP CQ CT DD DG EA EU EZ FQ FX IC JT MI NH NQ NT PC PU PZ QO SU TA UK UN VD WK XA XB XK YD YU ZR ZZ AN BU CS DY HV NT RH TP VD ZR'.split(' '));
  const missing: string[] = [];
  let known = 0;
  for (const a of letters)
    for (const b of letters) {
      const code = a + b;
      const alpha3 = toAlpha3(code);
      if (alpha3.length === 3) {
        known += 1;
        expect(toAlpha2(alpha3)).toBe(code);
        expect(names.of(code)).toBeDefined();
      } else if (!others.has(code) && names.of(code) !== undefined) missing.push(code);
    }
  expect(missing).toEqual([]);
  expect(known).toBe(249);
});

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
