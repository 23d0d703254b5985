import { UrlSigner } from './signer';

const signer = new UrlSigner('secret', 'notice');

test('what was signed is verified, by another process too', () => {
  const signature = signer.sign('win?b=1');
  expect(signature).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(new UrlSigner('secret', 'notice').verify('win?b=1', signature)).toBe(true);
});

test('another text, purpose or secret is refused', () => {
  const signature = signer.sign('win?b=1');
  expect(signer.verify('win?b=2', signature)).toBe(false);
  expect(new UrlSigner('secret', 'click').verify('win?b=1', signature)).toBe(false);
  expect(new UrlSigner('other', 'notice').verify('win?b=1', signature)).toBe(false);
  expect(signer.verify('win?b=1', '')).toBe(false);
  expect(signer.verify('win?b=1', `${signature}A`)).toBe(false);
  expect(signer.verify('win?b=1', `!${signature}`)).toBe(false);
  expect(signer.verify('win?b=1', `${signature}!`)).toBe(false);
  expect(signer.verify('win?b=1', 'é'.repeat(22))).toBe(false);
});

test('a release verifies what the one before it signed', () => {
  expect(signer.sign('win?b=1')).toBe('a_3qdzgq9RctPLxmAWRJjQ');
});
