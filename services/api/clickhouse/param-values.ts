/** `\t`, `\n`, `\\` … as ClickHouse's TabSeparated writes them. */
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  r: '\r',
  n: '\n',
  t: '\t',
  '0': '\0',
  a: '\x07',
  v: '\v',
};

/** Types whose text form is itself escaped; the text of arrays, tuples and maps is read as it stands. */
const TEXT_TYPE = /^(Nullable\(|LowCardinality\()*(String|FixedString|Enum8|Enum16)\b/;

/**
 * The value of a `param_name` for `{name:Type}`: ClickHouse reads it as a TabSeparated field, in which `\N` is NULL.
 */
export function paramValue(text: string, type: string): string | null {
  if (text === '\\N') return null;
  if (!TEXT_TYPE.test(type)) return text;
  return text.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
}
