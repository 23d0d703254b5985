import { microsOf, microsText } from './decimal';
import type { Scalar } from './language';
import type { Test } from './leaf';
import { allOf, anyOf, sqlFloat, sqlText } from './sql';

/**
 * What a test is about, as SQL. A value is absent or of one type; each view tells when it is of that type
 * and gives it. Absent satisfies nothing, and values of different types never equal each other
 * (language.ts), nor is one of them the larger.
 */
export interface Subject {
  present: string;
  number?: View & {
    literal: (operand: number | string) => Threshold;
    /** Decimal text in the rule stands for the number: a sum is never text. */
    readsText?: boolean;
    /** The value is one of these; undefined: spelled out as equalities. */
    among?: (operands: readonly number[]) => string;
  };
  text?: View & {
    emptyIsAbsent: boolean;
    /** Whether equality with this text also needs `is`. Default always. */
    needsType?: (text: string) => boolean;
  };
  truth?: View;
}

interface View {
  /** Condition under which the value is of this type; undefined: always when present, and `is` the present. */
  is?: string;
  value: string;
}

/** Where an operand lies: exactly at `at`, or strictly between it and the next representable value. */
interface Threshold {
  at: string;
  exact: boolean;
}

type Operator = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';
const SYMBOLS: Readonly<Record<Operator, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/** One test as an SQL condition that is 0 or 1, never NULL. */
export function testSql(subject: Subject, test: Test): string {
  if (test.op === 'in') return inSql(subject, test.operands);
  if (test.op !== 'ne') return compareSql(subject, test.op, test.operand);
  const equal = compareSql(subject, 'eq', test.operand);
  return allOf([
    ...(subject.present === '1' ? [] : [subject.present]),
    ...(equal === '0' ? [] : [`NOT (${equal})`]),
  ]);
}

export function testsSql(subject: Subject, tests: readonly Test[]): string[] {
  return tests.map((test) => testSql(subject, test));
}

function compareSql(subject: Subject, op: Operator, operand: Scalar): string {
  if (typeof operand === 'boolean') {
    return subject.truth === undefined
      ? '0'
      : typed(subject, subject.truth, `${subject.truth.value} = ${Number(operand)}`);
  }
  if (subject.number !== undefined && (typeof operand === 'number' || subject.number.readsText)) {
    return typed(subject, subject.number, numberSql(subject.number, op, operand));
  }
  if (typeof operand === 'string' && subject.text !== undefined) {
    if (op === 'eq' && subject.text.emptyIsAbsent) {
      // The equality implies presence, and the bare form lets the engine use what it knows of the column.
      return operand === '' ? '0' : `${subject.text.value} = ${sqlText(operand)}`;
    }
    const condition = `${subject.text.value} ${SYMBOLS[op]} ${sqlText(operand)}`;
    if (op === 'eq' && subject.text.needsType?.(operand) === false) return condition;
    return typed(subject, subject.text, condition);
  }
  return '0';
}

function numberSql(view: NonNullable<Subject['number']>, op: Operator, operand: number | string): string {
  const { at, exact } = view.literal(operand);
  if (exact) return `${view.value} ${SYMBOLS[op]} ${at}`;
  if (op === 'eq') return '0';
  return `${view.value} ${op === 'gt' || op === 'gte' ? '>' : '<='} ${at}`;
}

function typed(subject: Subject, view: View, condition: string): string {
  const is = view.is ?? subject.present;
  if (condition === '0') return '0';
  return is === '1' ? condition : allOf([is, condition]);
}

function inSql(subject: Subject, operands: readonly Scalar[]): string {
  if (subject.number?.readsText) return anyOf(operands.map((operand) => compareSql(subject, 'eq', operand)));
  const numbers = operands.filter((operand) => typeof operand === 'number');
  const texts = operands.filter((operand) => typeof operand === 'string');
  const truths = operands.filter((operand) => typeof operand === 'boolean');
  const conditions = truths.map((truth) => compareSql(subject, 'eq', truth));
  if (numbers.length > 0 && subject.number?.among !== undefined) {
    conditions.push(typed(subject, subject.number, subject.number.among(numbers)));
  } else {
    conditions.push(...numbers.map((number) => compareSql(subject, 'eq', number)));
  }
  if (subject.text !== undefined) {
    const { value, emptyIsAbsent } = subject.text;
    const wanted = emptyIsAbsent ? texts.filter((text) => text !== '') : texts;
    const list = wanted.length === 0 ? '0' : `${value} IN (${wanted.map(sqlText).join(', ')})`;
    const bare = emptyIsAbsent || wanted.every((text) => subject.text?.needsType?.(text) === false);
    conditions.push(bare ? list : typed(subject, subject.text, list));
  }
  return anyOf(conditions.filter((condition) => condition !== '0'));
}

/** A String column whose empty value means absent. */
export function textColumn(column: string): Subject {
  return { present: `${column} != ''`, text: { value: column, emptyIsAbsent: true } };
}

/** Bounds beyond every Decimal(18,6) and every sum of them that the engine can hold. */
const VALUE_MICROS_MAX = 10n ** 18n;
const SUM_MICROS_MAX = 10n ** 37n;

function decimalLiteral(maxMicros: bigint): (operand: number | string) => Threshold {
  return (operand) => {
    const { floor, exact } = microsOf(operand);
    // Beyond the bounds nothing can equal it, and every value is on the same side of it as of the bound.
    if (floor >= maxMicros) return { at: literal(maxMicros), exact: false };
    if (floor < -maxMicros) return { at: literal(-maxMicros), exact: false };
    return { at: literal(floor), exact };
  };
}

const sumLiteral = decimalLiteral(SUM_MICROS_MAX);

/** A Decimal(18,6) that is there under a condition. */
export function decimalView(is: string, value: string): NonNullable<Subject['number']> {
  return {
    is,
    value,
    literal: decimalLiteral(VALUE_MICROS_MAX),
    // Compared as the integers they are kept as: a set of decimals may be converted inexactly.
    among: (operands) => {
      const micros = operands
        .map(microsOf)
        .filter(({ floor, exact }) => exact && floor < VALUE_MICROS_MAX && floor > -VALUE_MICROS_MAX);
      if (micros.length === 0) return '0';
      return `reinterpretAsInt64(${value}) IN (${micros.map(({ floor }) => floor.toString()).join(', ')})`;
    },
  };
}

function literal(micros: bigint): string {
  return `toDecimal128('${microsText(micros)}', 6)`;
}

/** An expression that is always a number. */
export function numberExpression(value: string, kind: 'integer' | 'sum'): Subject {
  const whole = (operand: number | string): Threshold => ({ at: String(operand), exact: true });
  return {
    present: '1',
    number: { is: '1', value, literal: kind === 'sum' ? sumLiteral : whole, readsText: true },
  };
}

/** Text that could also be how the engine writes out a value of another type. */
function looksLikeJson(text: string): boolean {
  return /^[-\d[{"]|^(?:true|false|null|)$/.test(text);
}

/** A key of the event's `properties`, kept as JSON text; `null` is absent. */
export function property(key: string): Subject {
  const type = json('JSONType', key);
  return {
    present: `${type} != 'Null'`,
    number: {
      is: `${type} IN ('Int64', 'UInt64', 'Double')`,
      value: json('JSONExtractFloat', key),
      literal: (operand) => ({ at: sqlFloat(Number(operand)), exact: true }),
      among: (operands) => `${json('JSONExtractFloat', key)} IN (${operands.map(sqlFloat).join(', ')})`,
    },
    text: {
      is: `${type} = 'String'`,
      value: json('JSONExtractString', key),
      emptyIsAbsent: false,
      // Reading the value once instead of twice, where no other type can read as this text.
      needsType: looksLikeJson,
    },
    truth: { is: `${type} = 'Bool'`, value: json('JSONExtractBool', key) },
  };
}

/** `a.b` is the key of that name where there is one, else `b` inside the object `a`. */
function json(fn: string, key: string): string {
  const whole = `(properties, ${sqlText(key)})`;
  if (!key.includes('.')) return `${fn}${whole}`;
  const nested = `(properties, ${key.split('.').map(sqlText).join(', ')})`;
  return `if(JSONType${whole} != 'Null', ${fn}${whole}, ${fn}${nested})`;
}
