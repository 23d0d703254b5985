/**
 * Sizes of ClickHouse's types in the Native format: enough to find where a column ends. Types as the engine
 * prints them, `Array(Nullable(Decimal(18, 6)))`.
 */
export interface NativeType {
  name: string;
  args: string[];
}

export function parseType(text: string): NativeType {
  const open = text.indexOf('(');
  if (open < 0) return { name: text.trim(), args: [] };
  return { name: text.slice(0, open).trim(), args: splitArgs(text.slice(open + 1, text.lastIndexOf(')'))) };
}

/** At the commas outside of brackets and quotes. */
function splitArgs(text: string): string[] {
  const args: string[] = [];
  let depth = 0;
  let quoted = '';
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quoted !== '') {
      if (char === '\\') at += 1;
      else if (char === quoted) quoted = '';
    } else if (char === "'" || char === '`') quoted = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ',' && depth === 0) {
      args.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...args, text.slice(start).trim()];
}

/** `a UInt8` in a named tuple is the type `UInt8`. */
export function tupleElementType(arg: string): string {
  return arg.replace(/^(`(?:[^`\\]|\\.)*`|\w+)\s+(?=\w)/s, '');
}

const FIXED: Readonly<Record<string, number>> = {
  Nothing: 1,
  Bool: 1,
  Int8: 1,
  UInt8: 1,
  Enum8: 1,
  Int16: 2,
  UInt16: 2,
  Enum16: 2,
  Date: 2,
  BFloat16: 2,
  Int32: 4,
  UInt32: 4,
  Float32: 4,
  Date32: 4,
  DateTime: 4,
  Time: 4,
  IPv4: 4,
  Decimal32: 4,
  Int64: 8,
  UInt64: 8,
  Float64: 8,
  DateTime64: 8,
  Time64: 8,
  Decimal64: 8,
  Int128: 16,
  UInt128: 16,
  UUID: 16,
  IPv6: 16,
  Decimal128: 16,
  Int256: 32,
  UInt256: 32,
  Decimal256: 32,
};

/** Bytes of one value; undefined where it varies or the type is not known. */
export function fixedSize({ name, args }: NativeType): number | undefined {
  if (name === 'FixedString') return Number(args[0]);
  if (name.startsWith('Interval')) return 8;
  if (name === 'Decimal') {
    const precision = Number(args[0]);
    if (precision <= 9) return 4;
    if (precision <= 18) return 8;
    return precision <= 38 ? 16 : 32;
  }
  return Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
}
