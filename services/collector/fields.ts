import { parseDecimal } from '../shared/domain/money';

/** Longest URL that is kept. */
const URL_LENGTH_MAX = 4_096;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Text of at most `lengthMax` UTF-16 units without control characters, or undefined. */
export function parseText(text: string, lengthMax: number): string | undefined {
  return text.length <= lengthMax && !CONTROL.test(text) ? text : undefined;
}

/** An absolute http(s) URL as it was written, or undefined. */
export function parseUrl(text: string): string | undefined {
  if (text.length > URL_LENGTH_MAX || !/^https?:\/\//i.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}

/** A Decimal(18,6) in normal form, or undefined. */
export function parseValue(value: string | number): string | undefined {
  const parsed = parseDecimal(value);
  return parsed.ok ? parsed.text : undefined;
}

/** An ISO 4217 code's shape, in upper case, or undefined. */
export function parseCurrency(text: string): string | undefined {
  return /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : undefined;
}
