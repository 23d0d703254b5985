/** Whole numbers from here on, written out in digits, do not fit the engine's integers. */
const INTEGER_LIMIT = 2 ** 63;
/** The engine's reader gives up at 1,024 levels. */
const LEVELS_MAX = 512;

/**
 * JSON text that ClickHouse can read. As `JSON.stringify` writes it, one whole number of 20 digits, one half of
 * a surrogate pair or too many levels make the engine find nothing in the whole document: such numbers get an
 * exponent here, such characters become U+FFFD, what lies deeper becomes null. Takes what `JSON.parse` gives;
 * undefined fields are left out.
 */
export function lakeJson(value: unknown, level = 0): string {
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'number') {
    return Math.abs(value) >= INTEGER_LIMIT && Number.isFinite(value)
      ? value.toExponential()
      : JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (level === LEVELS_MAX) return 'null';
  if (Array.isArray(value)) return `[${value.map((item) => lakeJson(item, level + 1)).join(',')}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${lakeJson(name)}:${lakeJson(field, level + 1)}`).join(',')}}`;
}
