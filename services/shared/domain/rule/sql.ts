/** Literals of ClickHouse SQL. Everything that comes from a rule goes through one of these. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
};

export function sqlText(text: string): string {
  return `'${text.replace(/[\\'\n\r\t\0]/g, (char) => ESCAPES[char] ?? char)}'`;
}

/** A moment, epoch ms, as the DateTime64(3) that the lake's columns have. */
export function sqlTime(ms: number): string {
  if (!Number.isSafeInteger(ms)) throw new Error(`not a time in whole ms: ${ms}`);
  return `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
}

/** A double; whole numbers beyond 2^53 would otherwise be read as integers and compared as such. */
export function sqlFloat(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`not a number: ${value}`);
  return `toFloat64(${String(value)})`;
}

export function sqlInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`);
  return String(value);
}

/** A database's name, safe unquoted. */
export function sqlDatabase(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`not a database name: ${name}`);
  return name;
}

export function allOf(conditions: readonly string[]): string {
  return joined(
    conditions.filter((condition) => condition !== '1'),
    'AND',
    '1',
  );
}
export function anyOf(conditions: readonly string[]): string {
  return joined(conditions, 'OR', '0');
}

function joined(conditions: readonly string[], operator: string, none: string): string {
  if (conditions.length < 2) return conditions[0] ?? none;
  return conditions
    .map((condition) => (/ (?:OR|AND) /.test(condition) ? `(${condition})` : condition))
    .join(` ${operator} `);
}
