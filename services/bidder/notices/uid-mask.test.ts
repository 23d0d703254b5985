import fc from 'fast-check';
import { UidMask } from './uid-mask';

test('the number comes back, and is hidden until then', () => {
  const mask = new UidMask('a secret');
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(), (uid, sequence) => {
      const bidId = `b-${sequence.toString(36)}`;
      const masked = mask.apply(bidId, uid);
      expect(Number.isSafeInteger(masked)).toBe(true);
      expect(mask.apply(bidId, masked)).toBe(uid);
    }),
  );
});

test('two bids for one person, and two secrets, give different numbers', () => {
  const mask = new UidMask('a secret');
  const masked = Array.from({ length: 1_000 }, (_, i) => mask.apply(`b-${i}`, 7));
  expect(new Set(masked).size).toBe(1_000);
  expect(new UidMask('another').apply('b-1', 7)).not.toBe(masked[1]);
});
