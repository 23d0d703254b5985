import { LakeError } from './lake-error';
import { sqlTokens, type SqlToken } from './sql-tokens';

export type SqlValue = string | number | bigint | boolean | null | Date | readonly SqlValue[];
export type SqlParams = Readonly<Record<string, SqlValue>>;

/**
 * Puts values where the SQL says `{name:Type}`, as literals cast to that type. Bound here and not by the
 * engine: chDB keeps parameters in a place shared by all its clients and therefore runs one query with
 * parameters at a time in the whole process.
 * Times are `Date`; lists are arrays. Throws LakeError `invalid` for a parameter without a value.
 */
export function bindParams(sql: string, params: SqlParams): string {
  return bindValues(sql, (name) => (Object.hasOwn(params, name) ? params[name] : undefined));
}

/** The same, the value chosen by name and type; undefined where there is none. */
export function bindValues(
  sql: string,
  valueOf: (name: string, type: string) => SqlValue | undefined,
): string {
  if (!sql.includes('{')) return sql;
  const tokens = sqlTokens(sql);
  let bound = '';
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    const placeholder = token?.text === '{' ? placeholderAt(tokens, i) : undefined;
    if (placeholder === undefined) {
      bound += token?.text ?? '';
      continue;
    }
    const { name, type } = placeholder;
    bound += literal(name, type, valueOf(name, type));
    i = placeholder.last;
  }
  return bound;
}

/** `{name:Type}` from an opening brace on; undefined where it is a map literal or anything else. */
function placeholderAt(
  tokens: readonly SqlToken[],
  open: number,
): { name: string; type: string; last: number } | undefined {
  const parts: SqlToken[] = [];
  for (let i = open + 1; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.text === '{') return undefined;
    if (token.text === '}') {
      const [name, colon, ...type] = parts;
      if (name?.kind !== 'word' || colon?.text !== ':' || type.length === 0) return undefined;
      return { name: name.text, type: type.map(({ text }) => text).join(''), last: i };
    }
    if (token.kind !== 'space' && token.kind !== 'comment') parts.push(token);
  }
  return undefined;
}

function literal(name: string, type: string, value: SqlValue | undefined): string {
  if (value === undefined)
    throw new LakeError({ code: 'invalid', message: `no value for the parameter ${name}` });
  if (type === 'Identifier') {
    if (typeof value !== 'string')
      throw new LakeError({ code: 'invalid', message: `parameter ${name} is not a name` });
    return quoteName(value);
  }
  return `CAST(${sqlLiteral(value)}, ${quoteText(type)})`;
}

/** A JavaScript value as an SQL literal; text is escaped. */
export function sqlLiteral(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new LakeError({ code: 'invalid', message: `${value} is not a number for SQL` });
    return String(value);
  }
  if (value instanceof Date) return quoteText(value.toISOString().replace('T', ' ').replace('Z', ''));
  return `[${value.map(sqlLiteral).join(', ')}]`;
}

export function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`;
}

export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&').replaceAll('\0', '\\0')}\``;
}
