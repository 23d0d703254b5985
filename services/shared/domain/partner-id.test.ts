import { randomBytes } from 'node:crypto';
import { PartnerIdCipher } from './partner-id';

const cipher = new PartnerIdCipher('a secret of the installation');
const COOKIE = '3q2-7wABAgMEBQYHCAkKCw';
/** What the partner acme knows this cookie by. */
const ID = 'l_7M8Bi2J6hVCxKcrtcs4Q';

test('the bidder turns a partner id back into the cookie it came from', () => {
  for (let i = 0; i < 200; i++) {
    const cookie = randomBytes(16).toString('base64url');
    const text = cipher.encrypt('acme', cookie);
    expect(text).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(new PartnerIdCipher('a secret of the installation').decrypt('acme', text)).toBe(cookie);
  }
});

test('two partners cannot join on what they see, nor can another secret', () => {
  const cookie = randomBytes(16).toString('base64url');
  const text = cipher.encrypt('acme', cookie);
  expect(text).not.toBe(cookie);
  expect(cipher.encrypt('other', cookie)).not.toBe(text);
  expect(cipher.decrypt('other', text)).not.toBe(cookie);
  expect(new PartnerIdCipher('another secret').decrypt('acme', text)).not.toBe(cookie);
});

test('a text of another shape is no id', () => {
  expect(cipher.decrypt('acme', '')).toBeNull();
  expect(cipher.decrypt('acme', 'x'.repeat(23))).toBeNull();
  expect(cipher.decrypt('acme', '$UID'.padEnd(22, '!'))).toBeNull();
  expect(cipher.decrypt('acme', `!${ID}`)).toBeNull();
  expect(cipher.decrypt('acme', `${ID}!`)).toBeNull();
});

test.each(['', 'optout', `${COOKIE}A`, `cookie:${COOKIE}`])('%j is no cookie id to be encrypted', (text) => {
  expect(() => cipher.encrypt('acme', text)).toThrow('a cookie id is 22 characters of base64url');
});

test('a partner’s stored ids outlive releases', () => {
  const again = new PartnerIdCipher('a secret of the installation');
  expect(again.encrypt('acme', COOKIE)).toBe(ID);
  expect(again.decrypt('acme', ID)).toBe(COOKIE);
});
