import { z } from 'zod';

const texts = z.record(z.string(), z.string());

/**
 * One call and its answer. They stand in the document and are run, in order, against a running platform; `{{name}}`
 * is what an earlier answer gave (`save`), or `{{now}}`.
 */
const exampleSchema = z.strictObject({
  operation: z.string(),
  title: z.string(),
  /** Whose key: admin's, none, or one that an earlier answer gave. */
  key: z.string().default('admin'),
  path: texts.default({}),
  query: texts.default({}),
  headers: texts.default({}),
  cookies: texts.default({}),
  /** JSON, or text where the media type is not JSON. */
  body: z.unknown().optional(),
  mediaType: z.string().default('application/json'),
  status: z.int(),
  /** As recorded: JSON, or text; absent: no body, or one that is not shown. */
  answer: z.unknown().optional(),
  answerHeaders: texts.default({}),
  /** What later calls need: name → place in the answer, `seatbid.0.bid.0.nurl`, or `header:location`. */
  save: texts.default({}),
  /** Names of fields of the answer that are different every time, beside those that always are. */
  varies: z.array(z.string()).default([]),
  /** Place in the answer → what stands there, `*`: anything. True a moment later: ask again until then. */
  until: texts.optional(),
});

export type Example = z.output<typeof exampleSchema>;

/** Reads the examples' file; throws where it is not as it should be. */
export function parseExamples(json: string): Example[] {
  return z.array(exampleSchema).parse(JSON.parse(json));
}

/** Times in the document; whoever runs an example takes the present. */
const DOCUMENTED_NOW = '2026-03-01T12:00:00Z';

/** Replaces every `{{name}}` in a value's texts; throws for a name that is not known. */
export function fill<T>(value: T, known: ReadonlyMap<string, string>): T {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const text = known.get(name);
      if (text === undefined) throw new Error(`an example uses {{${name}}}, which no earlier one saved`);
      return text;
    }) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, known)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, known)])) as T;
}

/**
 * What stands at a place of an answer; throws where there is nothing. `a.0.b`: of its JSON; `a.0.b?s`: the parameter
 * `s` of the URL there; `a.0.b#/click?s`: of the first URL in the text there that has `/click`; `cookie:muid`: the
 * value of a cookie that was set.
 */
export function pick(place: string, answer: unknown, headers: Readonly<Record<string, string>>): string {
  if (place.startsWith('cookie:')) {
    const name = place.slice('cookie:'.length);
    const pair = (headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
    throw new Error(`no cookie ${name} was set`);
  }
  const [, path = '', within, parameter] = /^([^#?]*)(?:#([^?]*))?(?:\?(\w+))?$/.exec(place) ?? [];
  const found = at(path, answer);
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string') throw new Error(`there is nothing at ${path} of an answer`);
  if (parameter === undefined) return text;
  const urls = text.match(/https?:[^"\s]+/g) ?? [];
  const url = urls.find((candidate) => candidate.includes(within ?? ''));
  const value = url === undefined ? null : new URL(url).searchParams.get(parameter);
  if (value === null) throw new Error(`there is no ${parameter} at ${place} of an answer`);
  return value;
}

/** Whether an answer is there yet. */
export function isThere({ status, until = {} }: Example, given: { status: number; body: unknown }): boolean {
  return (
    given.status === status &&
    Object.entries(until).every(([place, wanted]) => {
      const found = at(place, given.body);
      if (found === undefined || found === null) return false;
      return wanted === '*' || wanted === (typeof found === 'string' ? found : JSON.stringify(found));
    })
  );
}

/** `a.0.b`; empty: the answer itself. */
function at(path: string, answer: unknown): unknown {
  if (path === '') return answer;
  return path
    .split('.')
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | null | undefined)?.[step], answer);
}

/** The examples with everything filled in from what was recorded, as the document shows them. */
export function documentedExamples(examples: readonly Example[]): Example[] {
  const known = new Map([['now', DOCUMENTED_NOW]]);
  return examples.map((example) => {
    const filled = fill(example, known);
    const { answer, answerHeaders } = example;
    // One that was not recorded yet shows the names of what it gives.
    const isRecorded = answer !== undefined || Object.keys(answerHeaders).length > 0;
    for (const [name, place] of Object.entries(example.save)) {
      known.set(name, isRecorded ? pick(place, answer, answerHeaders) : name);
    }
    return filled;
  });
}
