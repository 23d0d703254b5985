import { createHash } from 'node:crypto';
import { catalogIdPattern, identityKind, isNobody, parseIdentity } from './identity';

const HASH = createHash('sha256').update('user@example.com').digest('hex');

test.each([
  ['cookie:3q2-7wABAgMEBQYHCAkKCw', 'cookie:3q2-7wABAgMEBQYHCAkKCw'],
  ['cookie:AAAAAAAAAAAAAAAAAAAAAQ', 'cookie:AAAAAAAAAAAAAAAAAAAAAQ'],
  ['partner:acme:a:b c', 'partner:acme:a:b c'],
  ['maid:6D92078A-8246-4BA4-AE5B-76104861E7DC', 'maid:6d92078a-8246-4ba4-ae5b-76104861e7dc'],
  [`email:${HASH.toUpperCase()}`, `email:${HASH}`],
  [`phone:${HASH}`, `phone:${HASH}`],
  ['eid:LiveRamp.com:XY12', 'eid:liveramp.com:XY12'],
  ['customer:shop:1007', 'customer:shop:1007'],
  ['partner:acme:Ünï✓', 'partner:acme:Ünï✓'],
])('%s is accepted as %s', (text, normal) => {
  expect(parseIdentity(text)).toEqual({ ok: true, identity: { kind: text.split(':')[0], text: normal } });
});

test.each([
  '',
  'cookie:',
  'cookie:short',
  'cookie:AAAAAAAAAAAAAAAAAAAAAA',
  'cookie:AAAAAAAAAAAAAAAAAAAAAP',
  'cookie:3q2-7wABAgMEBQYHCAkKC=',
  'maid:00000000-0000-0000-0000-000000000000',
  'maid:6d92078a82464ba4ae5b76104861e7dc',
  'maid:',
  'email:user@example.com',
  `email:${'0'.repeat(64)}`,
  // sha256 of the empty string and of "null"
  'email:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  `phone:${createHash('sha256').update('null').digest('hex')}`,
  'partner:acme',
  'partner:acme:',
  'partner:Acme:1',
  'partner::1',
  'partner:acme:null',
  'partner:acme:NULL',
  'partner:acme:undefined',
  'partner:acme:anonymous',
  'partner:acme:-1',
  'partner:acme:0',
  'partner:acme:0000-0000',
  'partner:acme: x',
  'partner:acme:a\u0000b',
  'partner:acme:\ud800',
  'eid::x',
  'eid:a b:x',
  'customer:shop:anonymous',
  'user:1',
  'acme',
  `partner:acme:${'x'.repeat(500)}`,
])('%j is refused by name', (text) => {
  expect(parseIdentity(text)).toEqual({
    ok: false,
    code: 'invalid_identity',
    message: expect.any(String) as string,
  });
});

test('a normal form is a fixed point', () => {
  const first = parseIdentity('maid:6D92078A-8246-4BA4-AE5B-76104861E7DC');
  expect(first.ok && parseIdentity(first.identity.text)).toEqual(first);
});

test('the kind is read without checking the rest', () => {
  expect(identityKind('maid:nonsense')).toBe('maid');
  expect(identityKind('constructor:x')).toBeUndefined();
  expect(identityKind('maid')).toBeUndefined();
});

test('ids of the catalog are short and lower case', () => {
  expect(['a', '0x', 'a_b-c', 'a'.repeat(63)].every((id) => catalogIdPattern.test(id))).toBe(true);
  expect(['', '-a', 'A', 'a b', 'a'.repeat(64), 'a\n'].some((id) => catalogIdPattern.test(id))).toBe(false);
});

test('nobody is recognised', () => {
  expect(['', ' ', '0', '-1', 'Anonymous'].every(isNobody)).toBe(true);
  expect(['1', 'x', '-2'].some(isNobody)).toBe(false);
});
