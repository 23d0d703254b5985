import { sqlTokens, SqlSyntaxError, type SqlToken } from '../../shared/stores/lake/sql-tokens';
import { denied, unreadable, type Refusal } from './refusal';

export interface Statement {
  ok: true;
  /** The statement alone: no comments, no end semicolon, no FORMAT clause. */
  sql: string;
  /** From its FORMAT clause. */
  format: string | undefined;
  /** What remains of it as code, in order. */
  tokens: SqlToken[];
}

/** ClickHouse's own default for `max_query_size` is a little more. */
const MAX_CHARS = 200_000;

/**
 * Cuts the text down to one plain statement, or says why not. The engine's lexer knows more than ours
 * (typographic quotes, nested comments, heredocs, `#` and `//`): whatever the two might read differently is
 * refused, so that nothing hides from the checks that follow.
 */
export function readStatement(text: string): Statement | Refusal {
  if (text.length > MAX_CHARS) return unreadable(`the query is longer than ${MAX_CHARS} characters`);
  if (text.includes('\0')) return unreadable('a NUL byte in the query');
  let tokens: SqlToken[];
  try {
    tokens = sqlTokens(text);
  } catch (error) {
    if (error instanceof SqlSyntaxError) return unreadable(`${error.message}, position ${error.position}`);
    throw error;
  }
  const odd = tokens.map((token, i) => oddity(token, tokens[i + 1])).find((reason) => reason !== undefined);
  if (odd !== undefined) {
    // Inline data of an INSERT looks odd too: then it is the statement that is not allowed.
    const first = tokens.find(({ kind }) => kind === 'word')?.text.toUpperCase() ?? '';
    return first === 'INSERT' ? denied('the statement INSERT') : unreadable(odd);
  }

  const code = tokens.map((token) =>
    token.kind === 'comment' ? { ...token, kind: 'space' as const, text: ' ' } : token,
  );
  trimEnd(code, (token) => token.kind === 'space' || token.text === ';');
  if (code.some(({ kind, text: symbol }) => kind === 'symbol' && symbol === ';')) {
    return denied('a second statement behind a semicolon');
  }
  const plain = code.filter(({ kind }) => kind !== 'space');
  if (plain.length === 0) return unreadable('the query is empty');
  const format = takeFormat(code, plain);
  return (
    hidden(plain) ?? {
      ok: true,
      sql: code
        .map((token) => token.text)
        .join('')
        .trim(),
      format,
      tokens: plain,
    }
  );
}

/** What the engine's lexer may read otherwise than ours. */
function oddity(token: SqlToken, next: SqlToken | undefined): string | undefined {
  const { kind, text } = token;
  if (kind === 'comment') {
    if (text.startsWith('#')) return 'a comment that begins with #';
    return text.startsWith('/*') && text.slice(2).includes('/*') ? 'a comment within a comment' : undefined;
  }
  if (kind === 'string') return text.startsWith('$') ? 'a heredoc' : undefined;
  if (kind === 'name')
    return /[\\\p{Cc}]/u.test(text) ? 'a backslash or control character in a name' : undefined;
  if (kind === 'space')
    return /^[ \t\r\n\f]*$/.test(text) ? undefined : 'an unusual white-space character outside of quotes';
  if (/[^\x20-\x7e]/.test(text)) return `the character ${JSON.stringify(text)} outside of quotes`;
  if (text.includes('$') || text === '#' || text === '\\') return `the character ${text} outside of quotes`;
  if (text === '/' && next?.text.startsWith('/') === true) return 'a comment that begins with //';
  if (text === '{' || text === '}') return 'a brace: a parameter without {name:Type}, or without its value';
  return undefined;
}

/** Removes and answers a FORMAT clause at the end; one elsewhere is left for the syntax tree to show. */
function takeFormat(code: SqlToken[], plain: SqlToken[]): string | undefined {
  const [keyword, name] = plain.slice(-2);
  if (keyword?.kind !== 'word' || keyword.text.toUpperCase() !== 'FORMAT' || name?.kind !== 'word')
    return undefined;
  // `SELECT 1 AS format` + alias: a FORMAT clause is never the second word of the text.
  if (plain.length < 3) return undefined;
  plain.splice(-2);
  trimEnd(code, (token) => token.kind === 'space' || token === keyword || token === name);
  return name.text;
}

/** What the syntax tree does not show. */
function hidden(plain: readonly SqlToken[]): Refusal | undefined {
  for (const [i, token] of plain.entries()) {
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    if (word === 'OUTFILE') return denied('INTO OUTFILE');
    // `FROM events UUID '…'` reads the table of that UUID, whatever the name says.
    if (word === 'UUID' && plain[i + 1]?.kind === 'string') return denied('a table by UUID');
  }
  return undefined;
}

function trimEnd(tokens: SqlToken[], which: (token: SqlToken) => boolean): void {
  for (let last = tokens.at(-1); last !== undefined && which(last); last = tokens.at(-1)) tokens.pop();
}
