import { CONSENT, CONSENT_DEFAULT_ALLOWED } from './bits';
import { decideConsent } from './decide';
import type { ConsentSignals } from './signals';
import { gppString, tcString } from './testing/strings';

const US = 755;
const PROVIDER = 42;
const ALL = CONSENT_DEFAULT_ALLOWED;
const { signal, storage, profile, personalisation, measurement } = CONSENT;
const OUT = storage | measurement;

const granted = tcString({ purposes: [1, 3, 4, 7], vendors: [US] });
const storageOnly = tcString({ purposes: [1], vendors: [US] });
const refused = tcString({});
const gppGranted = `DBABMA~${granted}`;
const gppRefused = `DBABMA~${refused}`;
const gppSale = gppString({ usnat: { SaleOptOut: 1 } });
const gppNoSale = gppString({ usnat: { SaleOptOut: 2 } });
const gppBoth = gppString({ usca: { SaleOptOut: 1 }, usva: { SaleOptOut: 2 } });
const gppCanada = (...expressConsent: number[]): string =>
  gppString({
    tcfcav1: { PurposesExpressConsent: Array.from({ length: 24 }, (_, i) => expressConsent.includes(i + 1)) },
  });
const countries: Record<string, string> = { '5.9.0.1': 'DE', '8.8.8.8': 'US', '81.2.69.142': 'GB' };
const countryOfAddress = (ip: string): string | undefined => countries[ip];

const CASES: [string, ConsentSignals, number][] = [
  // Nothing said
  ['nothing at all', {}, ALL],
  ['an address outside', { ip: '8.8.8.8' }, ALL],
  ['an address of nowhere', { ip: '10.0.0.1' }, ALL],
  ['an address in the EEA', { ip: '5.9.0.1' }, 0],
  ['an address in the UK', { ip: '81.2.69.142' }, 0],
  ['device.geo in Switzerland', { country: 'CHE' }, 0],
  ['device.geo in the EEA, address outside', { country: 'FR', ip: '8.8.8.8' }, 0],
  ['device.geo outside, address in the EEA', { country: 'USA', ip: '5.9.0.1' }, 0],
  ['device.geo outside', { country: 'USA' }, ALL],
  ['empty strings say nothing', { gdpr: '', gdprConsent: '', usPrivacy: '', gpp: '', gppSid: '' }, ALL],
  ['macros left unfilled', { gdpr: '${GDPR}', usPrivacy: '${US_PRIVACY}', gpp: '${GPP}' }, ALL],
  ['signals said to be off', { gpc: false, coppa: false, lmt: false }, ALL],

  // TCF
  ['gdpr=1 without a string', { gdpr: '1' }, 0],
  ['gdpr=1 as a number', { gdpr: 1 }, 0],
  ['gdpr=1, unreadable string', { gdpr: '1', gdprConsent: 'garbage' }, 0],
  ['gdpr=1, string of everything', { gdpr: '1', gdprConsent: granted }, ALL | signal],
  ['gdpr=1, string of storage only', { gdpr: '1', gdprConsent: storageOnly }, storage | signal],
  ['gdpr=1, string of nothing', { gdpr: '1', gdprConsent: refused }, signal],
  ['a string alone decides', { gdprConsent: refused }, signal],
  ['a string alone allows', { gdprConsent: granted, ip: '5.9.0.1' }, ALL | signal],
  ['an unreadable string alone', { gdprConsent: 'garbage' }, 0],
  ['an unreadable string alone, outside', { gdprConsent: 'garbage', ip: '8.8.8.8' }, 0],
  ['a string and an unfilled gdpr', { gdpr: '${GDPR}', gdprConsent: refused }, signal],
  ['gdpr=1 outside', { gdpr: '1', ip: '8.8.8.8' }, 0],
  ['gdpr=0 in the EEA', { gdpr: '0', ip: '5.9.0.1', country: 'DE' }, ALL],
  ['gdpr=0 with a string of nothing', { gdpr: '0', gdprConsent: refused }, ALL],
  ['gdpr=0 as a number', { gdpr: 0, gdprConsent: refused }, ALL],

  // GPP, TCF section
  ['GPP with TCF of everything', { gpp: gppGranted }, ALL | signal],
  ['GPP with TCF of nothing', { gpp: gppRefused }, signal],
  ['GPP with TCF of nothing, section said', { gpp: gppRefused, gppSid: [2] }, signal],
  ['GPP with TCF that does not apply', { gpp: gppRefused, gppSid: [7] }, ALL],
  ['GPP with TCF of nothing, but gdpr=0', { gpp: gppRefused, gppSid: [2], gdpr: '0' }, ALL],
  ['section 2 said, no string', { gppSid: [2] }, 0],
  ['section 2 said, unreadable string', { gppSid: '2', gpp: 'garbage' }, 0],
  ['section 2 unreadable', { gpp: 'DBABMA~garbage' }, 0],
  ['two strings that differ', { gdprConsent: granted, gpp: gppRefused }, signal],
  ['one string of two unreadable', { gdprConsent: 'garbage', gpp: gppGranted }, signal],

  // GPP, US sections
  ['GPP sale opt-out', { gpp: gppSale }, OUT | signal],
  ['GPP sale opt-out, section said', { gpp: gppSale, gppSid: '7' }, OUT | signal],
  ['GPP without opt-out', { gpp: gppNoSale, gppSid: [7] }, ALL | signal],
  ['GPP opt-out of a section that does not apply', { gpp: gppBoth, gppSid: [9] }, ALL | signal],
  ['GPP opt-out of one that does', { gpp: gppBoth, gppSid: [8, 9] }, OUT | signal],
  ['GPP sections separated by underscores', { gpp: gppBoth, gppSid: '8_9' }, OUT | signal],
  ['GPP unreadable', { gpp: 'garbage', gppSid: [7] }, ALL],
  ['GPP opt-out with gdpr=0', { gdpr: '0', gpp: gppSale }, OUT | signal],

  // GPP, TCF Canada
  ['GPP with TCF Canada of everything', { gpp: gppCanada(1, 3, 4, 7) }, ALL | signal],
  ['GPP with TCF Canada of storage and profile', { gpp: gppCanada(1, 3) }, storage | profile | signal],
  ['GPP with TCF Canada of nothing', { gpp: gppCanada(), gppSid: [5] }, signal],
  ['GPP with TCF Canada that does not apply', { gpp: gppCanada(), gppSid: [7] }, ALL],
  [
    'GPP with TCF Canada beside full TCF consent',
    { gdprConsent: granted, gpp: gppCanada(1) },
    storage | signal,
  ],
  ['GPP with TCF Canada of everything does not lift TCF', { gdpr: '1', gpp: gppCanada(1, 3, 4, 7) }, 0],

  // Other opt-outs
  ['US privacy opt-out', { usPrivacy: '1YYN' }, OUT | signal],
  ['US privacy without opt-out', { usPrivacy: '1YNN' }, ALL | signal],
  ['US privacy not applicable', { usPrivacy: '1---' }, ALL],
  ['US privacy unreadable', { usPrivacy: 'yes' }, ALL],
  ['GPC', { gpc: true }, OUT | signal],
  ['LMT', { lmt: true }, OUT | signal],
  ['COPPA', { coppa: true }, measurement | signal],
  ['COPPA beside full TCF consent', { gdprConsent: granted, coppa: true }, measurement | signal],
  ['GPC beside full TCF consent', { gdprConsent: granted, gpc: true }, OUT | signal],
  ['GPC where TCF applies without a string', { ip: '5.9.0.1', gpc: true }, signal],
  ['US privacy without opt-out does not lift TCF', { gdpr: '1', usPrivacy: '1YNN' }, 0],
  ['nor does GPP without opt-out', { ip: '5.9.0.1', gpp: gppNoSale, gppSid: [7] }, 0],
  ['an opt-out where TCF applies without a string', { gdpr: '1', usPrivacy: '1YYN' }, signal],
];

test.each(CASES)('%s', (_, signals, bits) => {
  expect(decideConsent(signals, { vendorId: US, countryOfAddress })).toBe(bits);
});

describe('vendors', () => {
  const signals = { gdprConsent: granted };
  test('without a vendor id of ours the purposes decide', () => {
    expect(decideConsent({ gdprConsent: tcString({ purposes: [1, 3, 4, 7] }) }, {})).toBe(ALL | signal);
  });
  test('with one our own bit is needed', () => {
    expect(decideConsent(signals, { vendorId: 1 })).toBe(signal);
  });
  test('a provider needs its own bit for its data; without it nobody has refused anything to us', () => {
    const options = { vendorId: US, extraVendorId: PROVIDER };
    expect(decideConsent(signals, options)).toBe(0);
    expect(decideConsent({ gdprConsent: refused }, options)).toBe(signal);
    expect(decideConsent({ ...signals, gpc: true }, options)).toBe(signal);
    const both = tcString({ purposes: [1, 3, 4, 7], vendors: [US, PROVIDER] });
    expect(decideConsent({ gdprConsent: both }, { vendorId: US, extraVendorId: PROVIDER })).toBe(
      ALL | signal,
    );
  });
});

test('without a country database addresses say nothing', () => {
  expect(decideConsent({ ip: '5.9.0.1' }, {})).toBe(ALL);
});

test('an opt-out keeps storage and measurement and ends profile and personalisation', () => {
  const bits = decideConsent({ gpc: true }, {});
  expect([storage, profile, personalisation, measurement].map((gate) => (bits & gate) !== 0)).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
