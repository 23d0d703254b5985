import { bucket } from './hash';

const ALL = 2 ** 32;

// Reference values of MurmurHash3_x86_32.
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ['ππππππππ', 0x9747b28c, 0xd58063c1],
])('%j under seed %d is what every murmur3 gives', (key, seed, hash) => {
  expect(bucket(key, ALL, seed)).toBe(hash);
});

test('buckets are in range and evenly used', () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 40_000; i++) counts[bucket(`cookie:${i}`, 4)]! += 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
