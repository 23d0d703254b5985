import { bindParams, bindValues, quoteName, sqlLiteral } from './bind';

describe('values become literals of the SQL text', () => {
  it.each([
    ['SELECT {a:String}', { a: "it's \\ {b:String}" }, "SELECT CAST('it\\'s \\\\ {b:String}', 'String')"],
    [
      'SELECT { a : Array( Nullable (UInt64) ) }',
      { a: [1, null] },
      "SELECT CAST([1, NULL], 'Array(Nullable(UInt64))')",
    ],
    ['SELECT {a:UInt64}', { a: 18446744073709551615n }, "SELECT CAST(18446744073709551615, 'UInt64')"],
    [
      'SELECT {at:DateTime64(3)}',
      { at: new Date(1_700_000_000_123) },
      "SELECT CAST('2023-11-14 22:13:20.123', 'DateTime64(3)')",
    ],
    ['SELECT * FROM {t:Identifier}', { t: 'a`b' }, 'SELECT * FROM `a\\`b`'],
    ['SELECT {a:Bool}', { a: true }, "SELECT CAST(1, 'Bool')"],
    [
      "SELECT '{a:String}', `{a:String}` -- {a:String}",
      { a: 'x' },
      "SELECT '{a:String}', `{a:String}` -- {a:String}",
    ],
  ])('%s', (sql, params, bound) => {
    expect(bindParams(sql, params)).toBe(bound);
  });

  it('a parameter without a value, or named like a method of all objects, is a fault', () => {
    expect(() => bindParams('SELECT {a:String}', {})).toThrow('no value for the parameter a');
    expect(() => bindParams('SELECT {toString:String}', {})).toThrow('no value for the parameter toString');
    expect(() => sqlLiteral(Number.NaN)).toThrow('not a number');
  });

  it('leaves braces alone that are no parameter', () => {
    expect(bindValues('SELECT {}, {a}, {a:}', () => 'x')).toBe('SELECT {}, {a}, {a:}');
  });

  it('quotes names so that they end where they should', () => {
    expect(quoteName('a\\`; DROP TABLE x')).toBe('`a\\\\\\`; DROP TABLE x`');
  });
});
