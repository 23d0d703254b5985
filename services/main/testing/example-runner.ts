import { isDeepStrictEqual } from 'node:util';
import { fill, isThere, pick, type Example } from '../../shared/runtime/openapi/example';
import { eventually } from '../../shared/testing/eventually';
import type { Answered, DocumentedPlatform } from './documented-platform';

/** Fields that are different every time, wherever they stand: then only their type is compared. */
const VARYING = [
  ...['createdAt', 'updatedAt', 'at', 'since', 'until', 'expiresAt', 'materializedAt', 'watermark'],
  ...[
    'startedAt',
    'finishedAt',
    'firstReceivedAt',
    'lastReceivedAt',
    'evaluatedAt',
    'evaluatedSecondsAgo',
    'firstAt',
    'lastAt',
  ],
  ...['ageSeconds', 'tookMs', 'uid', 'key', 'importId', 'bidid', 'nurl', 'burl', 'lurl', 'adm', 'set-cookie'],
];
const SHOWN_HEADERS = ['location', 'set-cookie'];
const KEY_SHOWN = `mk_${'k'.repeat(43)}`;

export interface ExampleRunnerOptions {
  platform: DocumentedPlatform;
  adminKey: string;
}

/** Runs examples in their order, and holds each answer against the recorded one. */
export class ExampleRunner {
  readonly #platform: DocumentedPlatform;
  readonly #known: Map<string, string>;

  constructor({ platform, adminKey }: ExampleRunnerOptions) {
    this.#platform = platform;
    this.#known = new Map([
      ['admin', adminKey],
      ['now', new Date().toISOString()],
    ]);
  }

  /** What was saved by an example so far. */
  saved(name: string): string {
    return fill(`{{${name}}}`, this.#known);
  }

  async run(example: Example): Promise<void> {
    const recorded = { answer: example.answer, headers: example.answerHeaders };
    const varying = [...VARYING, ...example.varies];
    await this.#answered(example, (answer) =>
      differencesOf(recorded, { answer: shownBody(example, answer), headers: shown(answer) }, varying),
    );
  }

  /** Runs it for its answer, which becomes the recorded one. */
  async record(example: Example): Promise<Example> {
    const answer = await this.#answered(example, () => []);
    const body = shownBody(example, answer);
    return {
      ...example,
      ...(body === undefined ? {} : { answer: withoutKey(body) }),
      answerHeaders: shown(answer),
    };
  }

  async #answered(example: Example, differences: (answer: Answered) => string[]): Promise<Answered> {
    const attempt = async (): Promise<Answered> => {
      const answer = await this.call(example);
      const faults = isThere(example, answer) ? differences(answer) : ['is not there'];
      if (faults.length === 0) return answer;
      const about = `${example.operation}, ${example.title}: ${answer.status}`;
      throw new Error(`${about}: ${faults.join('; ')}\n${JSON.stringify(answer.body)}`);
    };
    const answer = example.until === undefined ? await attempt() : await eventually(attempt);
    for (const [name, place] of Object.entries(example.save)) {
      this.#known.set(name, pick(place, answer.body, answer.headers));
    }
    return answer;
  }

  async call(example: Example): Promise<Answered> {
    const { operation, path, query, headers, cookies, body, mediaType } = fill(
      { ...example, answer: undefined },
      this.#known,
    );
    const key = example.key === 'none' ? undefined : this.saved(example.key);
    return this.#platform.call(operation, { key, path, query, headers, cookies, body, mediaType });
  }
}

/** Pages, scripts and pictures are not shown, nor is the document in itself. */
function shownBody({ operation }: Example, { headers, body }: Answered): unknown {
  if (operation === 'getOpenapi' || /^(text\/(html|javascript)|image\/)/.test(headers['content-type'] ?? ''))
    return undefined;
  return body;
}

function shown({ headers }: Answered): Record<string, string> {
  return Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

function withoutKey(body: unknown): unknown {
  const isKey = typeof body === 'object' && body !== null && 'key' in body;
  return isKey ? { ...body, key: KEY_SHOWN } : body;
}

/** Where two values differ; of varying fields only the type counts. */
export function differencesOf(
  recorded: unknown,
  given: unknown,
  varying: readonly string[],
  place = '',
): string[] {
  if (isDeepStrictEqual(recorded, given)) return [];
  const varies = place.split('.').some((step) => varying.includes(step));
  if (varies && (recorded === null || given === null || typeof recorded === typeof given)) return [];
  if (!isContainer(recorded) || !isContainer(given) || Array.isArray(recorded) !== Array.isArray(given)) {
    return [`${place} was ${JSON.stringify(recorded)}, is ${JSON.stringify(given)}`];
  }
  const names = new Set([...Object.keys(recorded), ...Object.keys(given)]);
  return [...names].flatMap((name) =>
    differencesOf(recorded[name], given[name], varying, place === '' ? name : `${place}.${name}`),
  );
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** As the file has it: what is as it would be without it is left out. */
export function withoutDefaults(example: Example): unknown {
  const isDefault = (name: string, value: unknown): boolean =>
    value === undefined ||
    (isContainer(value) && !['body', 'answer'].includes(name) && Object.keys(value).length === 0) ||
    (name === 'key' && value === 'admin') ||
    (name === 'mediaType' && value === 'application/json');
  return Object.fromEntries(Object.entries(example).filter(([name, value]) => !isDefault(name, value)));
}
