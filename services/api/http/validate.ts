import type { z } from 'zod';
import type { ProblemError } from '../../shared/runtime/problem';
import { ApiProblem, invalid } from './api-problem';

const ERRORS_MAX = 100;
/** Deeper than any body has a reason to be; rules say themselves where they are too deep, long before. */
const DEPTH_MAX = 100;
// Neither can be stored in Postgres, and neither has a meaning in a name.
// eslint-disable-next-line no-control-regex -- the NUL character is what it looks for
const UNSTORABLE = /\u0000|\p{Surrogate}/u;

/** The value in the schema's own form, or ApiProblem 422 with every fault and its path. */
export function validate<T>(schema: z.ZodType<T>, input: unknown): T {
  const unstorable = unstorableText(input);
  if (unstorable !== undefined) throw invalid([unstorable]);
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap(toErrors).slice(0, ERRORS_MAX));
}

/** `['audiences', 'anyOf', 0]` → `audiences.anyOf[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

type Issue = z.core.$ZodIssue;

function toErrors(issue: Issue): ProblemError[] {
  const path = pathText(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        code: 'unknown_field',
        message: 'is not known here',
      }));
    case 'invalid_type':
      return issue.input === undefined
        ? [{ path, code: 'missing_field', message: 'is required' }]
        : [{ path, code: 'invalid_type', message: `must be ${article(issue.expected)}` }];
    case 'too_small':
      return [{ path, code: tooSmallCode(issue), message: issue.message }];
    case 'too_big':
      return [{ path, code: tooBigCode(issue), message: issue.message }];
    case 'custom': {
      const code: unknown = issue.params?.code;
      return [{ path, code: typeof code === 'string' ? code : 'invalid_value', message: issue.message }];
    }
    default:
      return issue.input === undefined
        ? [{ path, code: 'missing_field', message: 'is required' }]
        : [{ path, code: 'invalid_value', message: issue.message }];
  }
}

function article(type: string): string {
  if (type === 'record') return 'an object';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function tooSmallCode(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin !== 'string' && issue.origin !== 'array') return 'invalid_value';
  return issue.minimum === 1 ? 'empty' : 'too_short';
}

function tooBigCode(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'string') return 'too_long';
  return issue.origin === 'array' ? 'too_many' : 'invalid_value';
}

/** First text that cannot be stored, or place that is too deep; without recursion, as depth is the sender's. */
function unstorableText(input: unknown): ProblemError | undefined {
  const waiting: { value: unknown; path: PropertyKey[] }[] = [{ value: input, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && UNSTORABLE.test(value)) {
      return {
        path: pathText(path),
        code: 'invalid_text',
        message: 'has a NUL character or half a character',
      };
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= DEPTH_MAX) {
      return { path: pathText(path.slice(0, 10)), code: 'too_deep', message: 'is nested too deeply' };
    }
    for (const [key, item] of Object.entries(value)) {
      if (UNSTORABLE.test(key)) {
        return { path: pathText(path), code: 'invalid_text', message: 'has a name with a NUL character' };
      }
      waiting.push({ value: item, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return undefined;
}

/** Query parameters as one text each; a repeated one is refused (422). */
export function queryOf(url: string): Record<string, string> {
  const mark = url.indexOf('?');
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  if (mark === -1) return values;
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (name in values) {
      throw invalid([{ path: name, code: 'invalid_value', message: 'is given more than once' }]);
    }
    values[name] = value;
  }
  return values;
}

/** 400 with what is wrong with the JSON. */
export function malformed(detail: string): ApiProblem {
  return new ApiProblem({ status: 400, code: 'invalid_json', detail });
}
