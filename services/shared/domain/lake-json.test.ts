import fc from 'fast-check';
import { lakeJson } from './lake-json';

describe('lakeJson', () => {
  it('says the same as JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(lakeJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each<[unknown, string]>([
    [{ a: 100000000000000000000, b: -1e20, c: 2 ** 53 }, '{"a":1e+20,"b":-1e+20,"c":9007199254740992}'],
    [
      [2 ** 63, -(2 ** 63), 2 ** 63 - 1024],
      '[9.223372036854776e+18,-9.223372036854776e+18,9223372036854775000]',
    ],
    [{ '\ud800': 'x\udc00' }, '{"\ufffd":"x\ufffd"}'],
    ['\u{1F600}', '"\u{1F600}"'],
    [{ a: undefined, b: [undefined, null] }, '{"b":[null,null]}'],
    [undefined, 'null'],
  ])('%j', (value, text) => {
    expect(lakeJson(value)).toBe(text);
  });

  it('ends on input of any depth', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(lakeJson(deep)).toBe(`${'['.repeat(512)}null${']'.repeat(512)}`);
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(lakeJson(deep)).toBe(`${'{"a":'.repeat(512)}null${'}'.repeat(512)}`);
  });
});
