import { createHash } from 'node:crypto';
import { catalogIdPattern, identityKind, isCookieId, isNobody, parseIdentity } from './identity';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const HASH = sha256('user@example.com');

test.each([
  ['cookie:3q2-7wABAgMEBQYHCAkKCw', 'cookie:3q2-7wABAgMEBQYHCAkKCw'],
  ['cookie:AAAAAAAAAAAAAAAAAAAAAQ', 'cookie:AAAAAAAAAAAAAAAAAAAAAQ'],
  ['partner:acme:a:b c', 'partner:acme:a:b c'],
  ['maid:6D92078A-8246-4BA4-AE5B-76104861E7DC', 'maid:6d92078a-8246-4ba4-ae5b-76104861e7dc'],
  [`email:${HASH.toUpperCase()}`, `email:${HASH}`],
  [`phone:${HASH}`, `phone:${HASH}`],
  ['eid:LiveRamp.com:XY12', 'eid:liveramp.com:XY12'],
  [`eid:${'a'.repeat(255)}:x`, `eid:${'a'.repeat(255)}:x`],
  ['eid:0-a.b_c:x:y', 'eid:0-a.b_c:x:y'],
  ['customer:shop:1007', 'customer:shop:1007'],
  ['partner:a:b', 'partner:a:b'],
  [`partner:acme:${'x'.repeat(499)}`, `partner:acme:${'x'.repeat(499)}`],
  ['partner:acme:Ünï✓', 'partner:acme:Ünï✓'],
])('%s is accepted as %s', (text, normal) => {
  expect(parseIdentity(text)).toEqual({ ok: true, identity: { kind: text.split(':')[0], text: normal } });
});

const NO_KIND = 'must start with one of cookie, partner, maid, email, phone, eid, customer and a colon';
const NO_COOKIE = 'a cookie id is 16 random bytes, 22 characters of base64url, not all zero';
const NO_MAID = 'a maid is a UUID';
const NO_EMAIL = 'must be the sha256 of the email, 64 hex digits';
const NO_PHONE = 'must be the sha256 of the phone, 64 hex digits';
const HASHED_NOBODY = 'the hash of an empty id stands for nobody';
const UNREADABLE = 'contains control characters or half a character';
const NOBODY = 'the id is empty, all zero or stands for nobody';
const SPACES = 'the id begins or ends with a space';
const TOO_LONG = 'longer than 512 characters';

test.each([
  ['', NO_KIND],
  ['user:1', NO_KIND],
  ['acme', NO_KIND],
  ['cookie:', NO_COOKIE],
  ['cookie:short', NO_COOKIE],
  ['cookie:AAAAAAAAAAAAAAAAAAAAAA', NO_COOKIE],
  ['cookie:AAAAAAAAAAAAAAAAAAAAAP', NO_COOKIE],
  ['cookie:3q2-7wABAgMEBQYHCAkKC=', NO_COOKIE],
  ['maid:00000000-0000-0000-0000-000000000000', 'an all-zero maid stands for nobody'],
  ['maid:6d92078a82464ba4ae5b76104861e7dc', NO_MAID],
  ['maid:', NO_MAID],
  ['maid:06d92078a-8246-4ba4-ae5b-76104861e7dc', NO_MAID],
  ['maid:6d92078a-8246-4ba4-ae5b-76104861e7dc0', NO_MAID],
  ['email:user@example.com', NO_EMAIL],
  [`email:0${HASH}`, NO_EMAIL],
  [`phone:${HASH}0`, NO_PHONE],
  [`email:${'0'.repeat(64)}`, HASHED_NOBODY],
  // sha256 of the empty string
  ['email:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', HASHED_NOBODY],
  [`phone:${sha256('null')}`, HASHED_NOBODY],
  [`phone:${sha256('undefined')}`, HASHED_NOBODY],
  [`email:${sha256('anonymous')}`, HASHED_NOBODY],
  [`email:${sha256('-1').toUpperCase()}`, HASHED_NOBODY],
  ['partner:acme', 'must be partner:<partnerId>:<id>'],
  ['partner::1', 'must be partner:<partnerId>:<id>'],
  ['customer:shop', 'must be customer:<customerId>:<id>'],
  ['eid::x', 'must be eid:<source>:<id>'],
  ['partner:Acme:1', 'the partner id has characters that it cannot have'],
  ['partner:a.b:1', 'the partner id has characters that it cannot have'],
  ['customer:shöp:1', 'the customer id has characters that it cannot have'],
  ['eid:a b:x', 'the source has characters that it cannot have'],
  ['eid: a:x', 'the source has characters that it cannot have'],
  ['eid:.a:x', 'the source has characters that it cannot have'],
  [`eid:${'a'.repeat(256)}:x`, 'the source has characters that it cannot have'],
  ['partner:acme:', NOBODY],
  ['partner:acme: ', NOBODY],
  ['partner:acme:null', NOBODY],
  ['partner:acme:NULL', NOBODY],
  ['partner:acme:undefined', NOBODY],
  ['partner:acme:anonymous', NOBODY],
  ['partner:acme:-1', NOBODY],
  ['partner:acme:0', NOBODY],
  ['partner:acme:0000-0000', NOBODY],
  ['customer:shop:anonymous', NOBODY],
  ['eid:shop.example:0', NOBODY],
  ['partner:acme: x', SPACES],
  ['partner:acme:x ', SPACES],
  ['partner:acme:a\u0000b', UNREADABLE],
  ['partner:acme:a\u001fb', UNREADABLE],
  ['partner:acme:a\u007fb', UNREADABLE],
  ['partner:acme:\ud800', UNREADABLE],
  [`partner:acme:${'x'.repeat(500)}`, TOO_LONG],
])('%j is refused by name', (text, message) => {
  expect(parseIdentity(text)).toEqual({ ok: false, code: 'invalid_identity', message });
});

test.each([
  ['3q2-7wABAgMEBQYHCAkKCw', true],
  ['AAAAAAAAAAAAAAAAAAAAAQ', true],
  ['BAAAAAAAAAAAAAAAAAAAAA', true],
  ['AAAAAAAAAAAAAAAAAAAAAA', false],
  ['AAAAAAAAAAAAAAAAAAAAAP', false],
  ['0000000000000000000000', false],
  ['3q2-7wABAgMEBQYHCAkKC', false],
  ['3q2-7wABAgMEBQYHCAkKCwA', false],
  ['3q2+7wABAgMEBQYHCAkKCw', false],
  ['optout', false],
])('%j can be our cookie: %p', (id, expected) => {
  expect(isCookieId(id)).toBe(expected);
});

test('a normal form is a fixed point', () => {
  const first = parseIdentity('maid:6D92078A-8246-4BA4-AE5B-76104861E7DC');
  expect(first.ok && parseIdentity(first.identity.text)).toEqual(first);
});

test('the kind is read without checking the rest', () => {
  expect(identityKind('maid:nonsense')).toBe('maid');
  expect(identityKind('constructor:x')).toBeUndefined();
  expect(identityKind('maid')).toBeUndefined();
  expect(identityKind('maids')).toBeUndefined();
});

test('ids of the catalog are short and lower case', () => {
  expect(['a', '0x', 'a_b-c', 'a'.repeat(63)].every((id) => catalogIdPattern.test(id))).toBe(true);
  expect(['', '-a', 'A', 'a b', 'a'.repeat(64), 'a\n'].some((id) => catalogIdPattern.test(id))).toBe(false);
});

test('nobody is recognised', () => {
  expect(['', ' ', '0', '-1', 'Anonymous'].every(isNobody)).toBe(true);
  expect(['1', 'x', '-2'].some(isNobody)).toBe(false);
});
