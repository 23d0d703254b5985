import { withPlaceMarked } from './error-place';

test('by line and column', () => {
  const message =
    'Code: 62. DB::Exception: Syntax error: failed at position 15 (FORM) (line 2, col 3): FORM x. Expected one of: a, b. (SYNTAX_ERROR)';
  expect(withPlaceMarked(message, 'select 1\n  FORM x').split('\n').slice(1)).toEqual([
    '    FORM x',
    '    ^^^^',
  ]);
});

test('by position', () => {
  const message = 'Syntax error: failed at position 7 (1): 1. Expected one of: token. (SYNTAX_ERROR)';
  expect(withPlaceMarked(message, 'selec 1').split('\n').slice(1)).toEqual(['  selec 1', '        ^']);
});

test.each([
  [
    'Unknown expression identifier `foo` in scope SELECT foo',
    'select\n food, foo from x',
    '   food, foo from x',
    '         ^^^',
  ],
  ["Function with name 'sumx' does not exist", 'select sumx(1)', '  select sumx(1)', '         ^^^^'],
  [
    'the table muster.evnts is not allowed here',
    'select 1 from evnts',
    '  select 1 from evnts',
    '                ^^^^^',
  ],
  ['the function file is not allowed here', "select file('x')", "  select file('x')", '         ^^^^'],
])('by name: %s', (message, statement, ...shown) => {
  expect(withPlaceMarked(message, statement).split('\n').slice(1)).toEqual(shown);
});

test('a long line is shown around the place, a tab takes one column', () => {
  const statement = `select ${'a, '.repeat(100)}\tfoo from x`;
  const [, line = '', mark = ''] = withPlaceMarked('Unknown identifier `foo`', statement).split('\n');
  expect(line.length).toBeLessThanOrEqual(102);
  expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('foo');
});

test('what could have followed is cut short', () => {
  const names = Array.from({ length: 60 }, (_, i) => `T${i}`).join(', ');
  const said = withPlaceMarked(`failed at position 1 (x): x. Expected one of: ${names}. (SYNTAX_ERROR)`, 'x');
  expect(said).toContain('Expected T0, T1, T2, T3, T4, T5, T6, T7, ….');
});

test.each(['Memory limit exceeded', 'Unknown identifier `gone`'])(
  'without a place the message stands alone: %s',
  (message) => {
    expect(withPlaceMarked(message, 'select 1')).toBe(message);
  },
);
