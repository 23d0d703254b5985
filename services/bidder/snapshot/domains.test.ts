import { domainAndParents, normalDomain, storeBundle } from './domains';

test.each([
  ['Example.COM', 'example.com'],
  ['www.example.com', 'example.com'],
  ['https://www.Example.com:8443/a?b#c', 'example.com'],
  ['//news.example.com/x', 'news.example.com'],
  ['example.com.', 'example.com'],
  ['http://user:pw@example.com/', 'example.com'],
  ['http://[2001:db8::1]:80/', '[2001:db8::1]'],
  ['Bücher.example', 'xn--bcher-kva.example'],
  ['https://www.müller.example/a', 'xn--mller-kva.example'],
  ['284882215', '284882215'],
  ['com.games.My_App', 'com.games.my_app'],
  ['', ''],
])('%s is compared as %s', (text, domain) => {
  expect(normalDomain(text)).toBe(domain);
});

test('a domain is covered by itself and its parents', () => {
  expect(domainAndParents('a.b.example')).toEqual(['a.b.example', 'b.example', 'example']);
});

test.each([
  ['https://play.google.com/store/apps/details?hl=de&id=com.Foo.my_game&x=1', 'com.Foo.my_game'],
  ['https://apps.apple.com/us/app/foo/id628677149?mt=8', '628677149'],
  ['https://example.com/?id=com.foo', undefined],
])('%s sells %s', (url, bundle) => {
  expect(storeBundle(url)).toBe(bundle);
});
