import fc from 'fast-check';
import { sqlTokens, SqlSyntaxError } from './sql-tokens';

const kinds = (sql: string) => sqlTokens(sql).map(({ kind, text }) => [kind, text]);

describe('SQL as tokens', () => {
  it.each([
    ["'it''s \\' one'", [['string', "'it''s \\' one'"]]],
    [
      '`a``b` "c\\"d"',
      [
        ['name', '`a``b`'],
        ['space', ' '],
        ['name', '"c\\"d"'],
      ],
    ],
    [
      '1--2',
      [
        ['word', '1'],
        ['comment', '--2'],
      ],
    ],
    [
      'a--x\nb',
      [
        ['word', 'a'],
        ['comment', '--x'],
        ['space', '\n'],
        ['word', 'b'],
      ],
    ],
    [
      '/* ; */;',
      [
        ['comment', '/* ; */'],
        ['symbol', ';'],
      ],
    ],
    ['$a$;$a$', [['string', '$a$;$a$']]],
    [
      'a.b(c)',
      [
        ['word', 'a'],
        ['symbol', '.'],
        ['word', 'b'],
        ['symbol', '('],
        ['word', 'c'],
        ['symbol', ')'],
      ],
    ],
    [
      "'-- x' -- 'y",
      [
        ['string', "'-- x'"],
        ['space', ' '],
        ['comment', "-- 'y"],
      ],
    ],
  ])('%s', (sql, tokens) => {
    expect(kinds(sql)).toEqual(tokens);
  });

  it.each(["'a", '"a', '`a', '/* a', "'a\\'"])('%s is not closed', (sql) => {
    expect(() => sqlTokens(sql)).toThrow(SqlSyntaxError);
  });

  it('nothing of the text is lost or invented', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a1 \n\'"`\\-/*;#${}().é'), maxLength: 40 }),
        (sql) => {
          try {
            return (
              sqlTokens(sql)
                .map(({ text }) => text)
                .join('') === sql
            );
          } catch (error) {
            return error instanceof SqlSyntaxError;
          }
        },
      ),
    );
  });
});
