/** Decimal(18,6): what the lake keeps of a value. */
const INTEGER_DIGITS_MAX = 12;
const SCALE = 6;
const MICROS = 1_000_000;
const FITS = /^-?\d+(?:\.\d{1,6})?$/;

export type ParsedDecimal = { ok: true; text: string } | { ok: false; message: string };

/**
 * A decimal in normal form: no exponent, no superfluous zeros, no negative zero. Text is exact and refused
 * when it has more than 6 decimals; a JSON number has passed through binary floating point already
 * (0.1 + 0.2), so it is rounded to 6. At most 12 digits in front of the point.
 */
export function parseDecimal(value: string | number): ParsedDecimal {
  if (typeof value === 'number') {
    // From 1e21 on, toFixed writes an exponent.
    if (Math.abs(value) >= 10 ** INTEGER_DIGITS_MAX) return refused('is too large');
    // As it was written, where that is short enough: of large numbers toFixed writes out the binary fraction.
    const written = String(value);
    return parseDecimal(FITS.test(written) ? written : value.toFixed(SCALE));
  }
  const match = /^(-?)(\d{1,64})(?:\.(\d{1,64}))?$/.exec(value);
  if (match === null) return refused('is not a decimal number');
  const integer = (match[2] ?? '').replace(/^0+(?=\d)/, '');
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (integer.length > INTEGER_DIGITS_MAX) return refused('is too large');
  if (fraction.length > SCALE) return refused(`has more than ${SCALE} decimals`);
  const unsigned = fraction === '' ? integer : `${integer}.${fraction}`;
  return { ok: true, text: unsigned === '0' ? '0' : `${match[1]}${unsigned}` };
}

/** `"2.50"` → 2500000; null when it is no decimal of at most 6 places or no safe integer of micros. */
export function decimalToMicros(text: string): number | null {
  const parsed = parseDecimal(text);
  if (!parsed.ok) return null;
  const [integer = '', fraction = ''] = parsed.text.split('.');
  const micros = Number(integer + fraction.padEnd(SCALE, '0'));
  return Number.isSafeInteger(micros) ? micros : null;
}

/** 2500000 → `"2.50"`, exact, at least two decimals. Throws on what is no safe integer. */
export function microsToDecimal(micros: number): string {
  if (!Number.isSafeInteger(micros)) throw new Error(`not an amount in micros: ${micros}`);
  const amount = Math.abs(micros);
  const fraction = String(amount % MICROS)
    .padStart(SCALE, '0')
    .replace(/0{1,4}$/, '');
  return `${micros < 0 ? '-' : ''}${Math.floor(amount / MICROS)}.${fraction}`;
}

function refused(message: string): ParsedDecimal {
  return { ok: false, message };
}
