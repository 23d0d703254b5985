/**
 * Cuts ClickHouse SQL into tokens as far as needed to know what is text and what is code: where a string, a
 * quoted name or a comment begins and ends. Follows ClickHouse's lexer: strings know backslash and doubled
 * quotes, block comments do not nest, heredocs are `$tag$…$tag$`.
 */
export type SqlTokenKind = 'space' | 'comment' | 'string' | 'name' | 'word' | 'symbol';

export interface SqlToken {
  /** `name`: quoted by backticks or double quotes. `symbol`: one character. */
  kind: SqlTokenKind;
  text: string;
  start: number;
}

export class SqlSyntaxError extends Error {
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
    this.name = 'SqlSyntaxError';
  }
}

const SPACE = /[\s\0\ufeff]+/y;
const WORD = /[A-Za-z_0-9$\u0080-\uffff]+/y;
const HEREDOC = /\$[A-Za-z_0-9]*\$/y;

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/** Throws SqlSyntaxError where a string, name or comment is not closed. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = next(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function next(sql: string, start: number): SqlToken {
  const cut = (kind: SqlTokenKind, end: number): SqlToken => ({ kind, text: sql.slice(start, end), start });
  const space = match(SPACE, sql, start);
  if (space !== undefined) return cut('space', start + space.length);
  const char = sql.charAt(start);
  if (char === "'") return cut('string', quotedEnd(sql, start, char));
  if (char === '`' || char === '"') return cut('name', quotedEnd(sql, start, char));
  if (sql.startsWith('--', start) || sql.startsWith('#!', start) || sql.startsWith('# ', start)) {
    const end = sql.indexOf('\n', start);
    return cut('comment', end < 0 ? sql.length : end);
  }
  if (sql.startsWith('/*', start)) {
    const end = sql.indexOf('*/', start + 2);
    if (end < 0) throw new SqlSyntaxError('comment is not closed', start);
    return cut('comment', end + 2);
  }
  const tag = char === '$' ? match(HEREDOC, sql, start) : undefined;
  if (tag !== undefined) {
    const end = sql.indexOf(tag, start + tag.length);
    if (end >= 0) return cut('string', end + tag.length);
  }
  const word = match(WORD, sql, start);
  if (word !== undefined) return cut('word', start + word.length);
  return cut('symbol', start + 1);
}

function quotedEnd(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    const char = sql.charAt(at);
    if (char === '\\') at += 1;
    else if (char === quote) {
      if (sql.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  throw new SqlSyntaxError(`${quote} is not closed`, start);
}
