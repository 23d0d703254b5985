/** Thresholds on Decimal(x,6) values, exact whatever a rule's number looks like. */

/** The largest whole number of micros not above the number, and whether it is the number itself. */
export interface Micros {
  floor: bigint;
  exact: boolean;
}

const SCALE = 6;

/** Takes a JSON number at its shortest decimal form (0.1 is 0.1), or a decimal text. */
export function microsOf(operand: number | string): Micros {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/i.exec(String(operand));
  if (match === null) throw new Error(`not a decimal: ${operand}`);
  const [, sign = '', integer = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) + SCALE - fraction.length;
  const digits = BigInt(integer + fraction);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  const scaled = shift > 0 ? digits * 10n ** BigInt(shift) : digits;
  const exact = scaled % divisor === 0n;
  const magnitude = scaled / divisor;
  if (sign === '') return { floor: magnitude, exact };
  return { floor: exact ? -magnitude : -magnitude - 1n, exact };
}

export function microsText(micros: bigint): string {
  const magnitude = micros < 0n ? -micros : micros;
  const digits = magnitude.toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction === '' ? '' : `.${fraction}`}`;
}
