import type { ProblemError } from '../../shared/runtime/problem';

export type JsonObject = Record<string, unknown>;

/** A request with more faults than this is answered with the first of them. */
const FAULTS_MAX = 20;

export const NO_STRINGS: readonly string[] = [];
export const NO_NUMBERS: readonly number[] = [];
const NO_OBJECTS: readonly JsonObject[] = [];

/**
 * Gives members of JSON objects the type that OpenRTB gives them; `null` counts as absent, in arrays too. Faults
 * are collected with their path, in which `[]` stands for the indexes that `at` says: no path is made as long as
 * nothing is wrong. Values come in, not names: each member is read where it is known by its name, which the
 * engine does faster.
 */
export class Reader {
  readonly faults: ProblemError[] = [];
  #first = 0;
  #second = 0;

  /** Indexes for the `[]` of paths from now on. */
  at(first: number, second = 0): void {
    this.#first = first;
    this.#second = second;
  }

  object(value: unknown, path: string): JsonObject | undefined {
    if (value === undefined || value === null) return undefined;
    if (isObject(value)) return value;
    return this.#wrong(path, 'an object');
  }

  string(value: unknown, path: string): string | undefined {
    if (typeof value === 'string') return value;
    if (value === undefined || value === null) return undefined;
    return this.#wrong(path, 'a string');
  }

  number(value: unknown, path: string): number | undefined {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return undefined;
    return this.#wrong(path, 'a number');
  }

  objects(value: unknown, path: string): readonly JsonObject[] {
    const values = this.#array(value, path);
    if (values === undefined) return NO_OBJECTS;
    let nulls = false;
    for (let i = 0; i < values.length; i++) {
      const element = values[i];
      if (element === null) nulls = true;
      else if (!isObject(element)) return this.#wrong(`${path}[${i}]`, 'an object') ?? NO_OBJECTS;
    }
    return (nulls ? values.filter((element) => element !== null) : values) as JsonObject[];
  }

  strings(value: unknown, path: string): readonly string[] {
    const values = this.#array(value, path);
    if (values === undefined) return NO_STRINGS;
    let nulls = false;
    for (let i = 0; i < values.length; i++) {
      const element = values[i];
      if (element === null) nulls = true;
      else if (typeof element !== 'string') return this.#wrong(`${path}[${i}]`, 'a string') ?? NO_STRINGS;
    }
    return (nulls ? values.filter((element) => element !== null) : values) as string[];
  }

  numbers(value: unknown, path: string): readonly number[] {
    const values = this.#array(value, path);
    if (values === undefined) return NO_NUMBERS;
    let nulls = false;
    for (let i = 0; i < values.length; i++) {
      const element = values[i];
      if (element === null) nulls = true;
      else if (typeof element !== 'number') return this.#wrong(`${path}[${i}]`, 'a number') ?? NO_NUMBERS;
    }
    return (nulls ? values.filter((element) => element !== null) : values) as number[];
  }

  fault(path: string, code: string, message: string): void {
    if (this.faults.length >= FAULTS_MAX) return;
    const filled = path.replace('[]', `[${this.#first}]`).replace('[]', `[${this.#second}]`);
    this.faults.push({ path: filled, code, message });
  }

  #array(value: unknown, path: string): readonly unknown[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value as unknown[];
    return this.#wrong(path, 'an array');
  }

  #wrong(path: string, expected: string): undefined {
    this.fault(path, 'wrong_type', `must be ${expected}`);
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
