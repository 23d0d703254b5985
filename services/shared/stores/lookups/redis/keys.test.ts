import { Keys } from './keys';

const keys = new Keys('muster:');

/** Written down, not computed: what another version wrote must be found again. */
test('the places of records are a format', () => {
  expect(keys.identity('maid:a')).toEqual({ key: 'muster:i:9a8u', field: 'maid:a' });
  expect(keys.identity('cookie:0123456789abcdef')).toEqual({
    key: 'muster:i:h78o',
    field: Buffer.from('ff57277cee92a0fc974d4791f0a2412dea', 'hex'),
  });
  expect(keys.numbered('m', 130)).toEqual({ key: 'muster:m:2', field: '2' });
  expect(keys.numbered('u', 2 ** 48 - 1)).toEqual({ key: 'muster:u:1k4fnc6pr', field: '63' });
  expect(keys.claim('event', 'p:1')).toBe('muster:c:event\0p:1');
  expect(keys.claim('event', 'k'.repeat(100))).toBe('muster:C:SW2AKdseckXX-9u6ZafZ4FNu_J4zWUcuUXzM4mgEkvc');
});

test.each([-1, 1.5, 2 ** 48, NaN])('%p is no number of a person', (number) => {
  expect(() => keys.numbered('m', number)).toThrow(RangeError);
});

test('no field is longer than 17 bytes, and none of a digest is a text', () => {
  for (const identity of ['maid:é', 'eid:x:'.padEnd(17, '界'), `customer:shop:${'界'.repeat(490)}`]) {
    const { field } = keys.identity(identity);
    expect(Buffer.byteLength(field)).toBeLessThanOrEqual(17);
    expect(Buffer.isBuffer(field)).toBe(Buffer.byteLength(identity) > 17);
    expect(Buffer.isBuffer(field) && field[0] !== 0xff).toBe(false);
  }
});
