import { usPrivacyOptOut } from './us-privacy';

test.each([
  ['1YYN', true],
  ['1NYY', true],
  ['1yyn', true],
  [' 1YYN ', true],
  ['1YNN', false],
  ['1-N-', false],
  ['1---', undefined],
  ['2YYN', undefined],
  ['1YY', undefined],
  ['1YYNN', undefined],
  ['11YYN', undefined],
  ['', undefined],
  ['${US_PRIVACY}', undefined],
])('%j: opted out %p', (text, optedOut) => {
  expect(usPrivacyOptOut(text)).toBe(optedOut);
});
