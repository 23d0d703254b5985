import type { ProblemError } from '../../shared/runtime/problem';

export type JsonObject = Record<string, unknown>;

/** A request with more faults than this is answered with the first of them. */
const FAULTS_MAX = 20;

export const NO_STRINGS: readonly string[] = [];
export const NO_NUMBERS: readonly number[] = [];
const NO_OBJECTS: readonly JsonObject[] = [];

/**
 * Reads members of JSON objects with the type that OpenRTB gives them; `null` counts as absent. Faults are
 * collected with their path. A place is a path with `[]` for what `at` fills in, so that no path is made
 * as long as nothing is wrong.
 */
export class Reader {
  readonly faults: ProblemError[] = [];
  #first = 0;
  #second = 0;

  /** Indexes of the arrays that places name from now on. */
  at(first: number, second = 0): void {
    this.#first = first;
    this.#second = second;
  }

  object(parent: JsonObject, key: string, place: string): JsonObject | undefined {
    const value = parent[key];
    if (value === undefined || value === null) return undefined;
    if (isObject(value)) return value;
    return this.#wrong(place + key, 'an object');
  }

  string(parent: JsonObject, key: string, place: string): string | undefined {
    const value = parent[key];
    if (typeof value === 'string') return value;
    if (value === undefined || value === null) return undefined;
    return this.#wrong(place + key, 'a string');
  }

  number(parent: JsonObject, key: string, place: string): number | undefined {
    const value = parent[key];
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return undefined;
    return this.#wrong(place + key, 'a number');
  }

  objects(parent: JsonObject, key: string, place: string): readonly JsonObject[] {
    const values = this.#array(parent, key, place);
    if (values === undefined) return NO_OBJECTS;
    for (let i = 0; i < values.length; i++) {
      if (!isObject(values[i])) return this.#wrong(`${place}${key}[${i}]`, 'an object') ?? NO_OBJECTS;
    }
    return values as JsonObject[];
  }

  strings(parent: JsonObject, key: string, place: string): readonly string[] {
    const values = this.#array(parent, key, place);
    if (values === undefined) return NO_STRINGS;
    let nulls = false;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === null) nulls = true;
      else if (typeof value !== 'string')
        return this.#wrong(`${place}${key}[${i}]`, 'a string') ?? NO_STRINGS;
    }
    return (nulls ? values.filter((value) => value !== null) : values) as string[];
  }

  numbers(parent: JsonObject, key: string, place: string): readonly number[] {
    const values = this.#array(parent, key, place);
    if (values === undefined) return NO_NUMBERS;
    let nulls = false;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === null) nulls = true;
      else if (typeof value !== 'number')
        return this.#wrong(`${place}${key}[${i}]`, 'a number') ?? NO_NUMBERS;
    }
    return (nulls ? values.filter((value) => value !== null) : values) as number[];
  }

  fault(path: string, code: string, message: string): void {
    if (this.faults.length >= FAULTS_MAX) return;
    const filled = path.replace('[]', `[${this.#first}]`).replace('[]', `[${this.#second}]`);
    this.faults.push({ path: filled, code, message });
  }

  #array(parent: JsonObject, key: string, place: string): readonly unknown[] | undefined {
    const value = parent[key];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value as unknown[];
    return this.#wrong(place + key, 'an array');
  }

  #wrong(path: string, expected: string): undefined {
    this.fault(path, 'wrong_type', `must be ${expected}`);
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
