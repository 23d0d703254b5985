import type { Example } from '../../shared/runtime/openapi/example';
import { eventually } from '../../shared/testing/eventually';
import type { DocumentedPlatform, Located } from './documented-platform';
import type { ExampleRunner } from './example-runner';

const TENANT_KEYS = ['analystKey', 'publisherKey', 'providerKey', 'advertiserKey'];
const TOO_LARGE = `{"x":"${'x'.repeat(1_048_576)}"}`;
const NOBODY = 'nobody-by-this-name';
/** Identities have a form of their own. */
const UNKNOWN: Readonly<Record<string, string>> = { identity: 'maid:11111111-2222-4333-8444-555555555555' };

/** Documented statuses that a platform in good health cannot be brought to, and what holds them instead. */
export const NOT_PROVOKED: Readonly<Record<number, string>> = {
  410: 'a notice of a bid three days old: notice-handler.test.ts',
  503: 'a log or engine that fails, a catalog not seen yet: durability.slow.test.ts, guard.slow.test.ts',
};

/** Brings a running platform to its errors, each by the means that the document promises. */
export class Provocations {
  readonly #platform: DocumentedPlatform;
  readonly #runner: ExampleRunner;
  readonly #examples: readonly Example[];

  constructor(options: {
    platform: DocumentedPlatform;
    runner: ExampleRunner;
    examples: readonly Example[];
  }) {
    this.#platform = options.platform;
    this.#runner = options.runner;
    this.#examples = options.examples;
  }

  /** Tries what should be answered `status`; whatever the answer, it is noted and held against the document. */
  async provoke({ operation, method, path, server }: Located, status: number): Promise<void> {
    const id = operation.operationId;
    const example = this.#exampleOf(id);
    const call = (change: Partial<Example>): Promise<unknown> => this.#runner.call({ ...example, ...change });
    switch (status) {
      case 400:
        if (operation.operationId === 'postProvidersRecords') {
          return void (await call({ headers: { 'content-encoding': 'gzip' } }));
        }
        if (method === 'post' || method === 'put') return void (await call({ body: '{' }));
        if (path.startsWith('/clickhouse')) return void (await call({ query: { query: 'SELEC 1' } }));
        return void (await call({ query: { ...example.query, p: 'no price' } }));
      case 401:
        return void (await call({ key: 'none', query: { ...example.query, debug: '1' } }));
      case 403:
        return this.#forbidden(example, server, operation.description ?? '');
      case 404:
        return this.#notFound(example, id);
      case 409:
        return this.#conflict(example, method);
      case 412:
        return void (await call({ headers: { 'If-Match': '"999999"' } }));
      case 413:
        return void (await call({ body: TOO_LARGE }));
      case 415:
        return void (await call({ headers: { ...example.headers, 'content-encoding': 'zstd' } }));
      case 422:
        return this.#unprocessable(example, id, method);
      case 428:
        return void (await call({ headers: {} }));
      case 303:
        return void (await call({ headers: { accept: 'text/html' } }));
      case 304:
        return this.#notModified(example);
      default:
        // The rest are successes, which examples have; 200 of a sync has one of its own.
        return void (await call({}));
    }
  }

  #exampleOf(operationId: string): Example {
    const mine = this.#examples.filter(({ operation }) => operation === operationId);
    const example = mine.find(({ status }) => status < 400) ?? mine[0];
    if (example === undefined) throw new Error(`${operationId} has no example`);
    return example;
  }

  async #forbidden(example: Example, server: Located['server'], roles: string): Promise<void> {
    const { operation } = example;
    if (operation === 'postOptout' || operation === 'postOptin') {
      await this.#runner.call({ ...example, headers: { 'sec-fetch-site': 'cross-site' } });
    } else if (operation === 'postOpenrtb2') {
      await this.#fromElsewhere(example);
    } else if (server === 'Bidder') {
      await this.#runner.call({ ...example, query: { ...example.query, s: 'forged' } });
    } else {
      // A key that is documented to be allowed would do what is asked.
      const others = TENANT_KEYS.filter((key) => !roles.includes(key.replace('Key', '')));
      for (const key of others) await this.#runner.call({ ...example, key });
    }
  }

  /** An exchange that calls from another address than ours. */
  async #fromElsewhere(example: Example): Promise<void> {
    const key = this.#runner.saved('admin');
    const path = { id: 'elsewhere' };
    const body = { id: 'elsewhere', name: 'Elsewhere', currencies: ['USD'], allowCidrs: ['192.0.2.0/24'] };
    await this.#platform.call('postExchanges', { key, body });
    // The bidder knows the exchange within a second.
    await eventually(async () => {
      const { status } = await this.#runner.call({ ...example, path: { exchange: 'elsewhere' } });
      if (status !== 403) throw new Error(`an exchange from elsewhere was answered ${status}`);
    });
    await this.#platform.call('deleteExchangesId', { key, path });
  }

  async #notFound(example: Example, id: string): Promise<void> {
    if (id === 'postEvents') {
      await this.#runner.call({ ...example, query: { publisher: NOBODY } });
      return;
    }
    if (id.endsWith('Clickhouse')) {
      await this.#runner.call({ ...example, query: { ...example.query, database: 'system' } });
      return;
    }
    const last = Object.keys(example.path).at(-1);
    await this.#runner.call(
      last === undefined
        ? { ...example, query: { partner: NOBODY } }
        : { ...example, path: { ...example.path, [last]: UNKNOWN[last] ?? NOBODY } },
    );
  }

  /** The same once more: in use, or an id that is taken. A POST goes out several times at once under one key. */
  async #conflict(example: Example, method: string): Promise<void> {
    if (method !== 'post') {
      await this.#runner.call(example);
      return;
    }
    const headers = { 'Idempotency-Key': `${example.operation}-at-once` };
    await Promise.all(Array.from({ length: 8 }, () => this.#runner.call({ ...example, headers })));
  }

  async #unprocessable(example: Example, id: string, method: string): Promise<void> {
    if (id === 'postEvents') {
      await this.#runner.call({ ...example, body: { events: 1 } });
      return;
    }
    if (method === 'post' || (method === 'put' && id !== 'putFxRates')) {
      const headers: Record<string, string> = method === 'put' ? { 'If-Match': '*' } : {};
      await this.#runner.call({ ...example, headers, body: { no_such_field: 1 } });
      return;
    }
    await this.#runner.call({ ...example, query: { ...example.query, no_such_parameter: '1' } });
  }

  async #notModified(example: Example): Promise<void> {
    const { headers } = await this.#runner.call(example);
    await this.#runner.call({ ...example, headers: { 'If-None-Match': headers['etag'] ?? '' } });
  }
}
