import { sha256Hex } from './sha256';

test('agrees with the published vectors', () => {
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256Hex('user@example.com')).toMatch(/^b4c9a289.*475514$/);
  expect(sha256Hex(Buffer.from('é'))).toBe(sha256Hex('é'));
});
