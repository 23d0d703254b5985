import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { parseTimestamp } from '../../shared/domain/time';
import type { RunningPlatform } from './running-platform';

interface MediaType {
  schema: object;
  examples?: Record<string, { value: unknown }>;
}
export interface DocumentedOperation {
  operationId: string;
  description?: string;
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, { content?: Record<string, MediaType> }>;
}
type Method = 'get' | 'post' | 'put' | 'delete';
type PathItem = { [method in Method]?: DocumentedOperation } & {
  servers?: { url: string; description: string }[];
};
export interface OpenApi {
  paths: Record<string, PathItem>;
  components: { schemas: Record<string, object> };
}

export interface Located {
  method: string;
  path: string;
  /** Of the server that has it. */
  server: 'API' | 'Collector' | 'Bidder';
  operation: DocumentedOperation;
}

const METHODS: readonly Method[] = ['get', 'post', 'put', 'delete'];

export function locatedOperations(document: OpenApi): Located[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      const server = (item.servers?.[0]?.description ?? 'API') as Located['server'];
      return operation === undefined ? [] : [{ method, path, server, operation }];
    }),
  );
}

const DOCUMENT = 'https://muster.example/openapi.json';

/** Compiles schemas of the document, its references included, as JSON Schema 2020-12. */
export function schemaCompiler(document: OpenApi): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', (text: string) => parseTimestamp(text) !== null);
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  ajv.addSchema({ ...document, $id: DOCUMENT });
  const compiled = new Map<object, ValidateFunction>();
  return (schema) => {
    let validate = compiled.get(schema);
    if (validate === undefined) {
      const absolute = JSON.stringify(schema).replaceAll('"#/components', `"${DOCUMENT}#/components`);
      validate = ajv.compile(JSON.parse(absolute) as object);
      compiled.set(schema, validate);
    }
    return validate;
  };
}

export interface Call {
  /** The key itself; undefined: none. */
  key?: string;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  cookies?: Readonly<Record<string, string>>;
  body?: unknown;
  mediaType?: string;
}

export interface Answered {
  status: number;
  headers: Record<string, string>;
  /** JSON, or text. */
  body: unknown;
}

/** A running platform, called by what its document says; every answer is held against the document. */
export class DocumentedPlatform {
  readonly operations: ReadonlyMap<string, Located>;
  /** Statuses that were seen, by operation. */
  readonly seen = new Map<string, Set<number>>();
  readonly #compile: (schema: object) => ValidateFunction;

  constructor(
    readonly platform: RunningPlatform,
    document: OpenApi,
  ) {
    this.operations = new Map(
      locatedOperations(document).map((located) => [located.operation.operationId, located]),
    );
    this.#compile = schemaCompiler(document);
  }

  /** Rejects when the answer is not what the document says of this status. */
  async call(operationId: string, call: Call): Promise<Answered> {
    const located = this.operations.get(operationId);
    if (located === undefined) throw new Error(`there is no operation ${operationId}`);
    const answer = await this.#send(located, call);
    const statuses = this.seen.get(operationId) ?? new Set();
    this.seen.set(operationId, statuses.add(answer.status));
    this.#check(located, answer);
    return answer;
  }

  #check({ operation }: Located, { status, headers, body }: Answered): void {
    const about = `${operation.operationId}, ${status}`;
    const documented = operation.responses[String(status)];
    if (documented === undefined) throw new Error(`${about}: not documented: ${JSON.stringify(body)}`);
    const given = mediaTypeOf(headers);
    if (documented.content === undefined) {
      if (given !== undefined) throw new Error(`${about}: a body of ${given}, none is documented`);
      return;
    }
    const media = documented.content[given ?? ''];
    if (media === undefined) throw new Error(`${about}: the media type ${given} is not documented`);
    const validate = this.#compile(media.schema);
    if (!validate(body)) {
      throw new Error(
        `${about}: not as documented: ${JSON.stringify(validate.errors)}\n${JSON.stringify(body)}`,
      );
    }
  }

  async #send({ method, path, server }: Located, call: Call): Promise<Answered> {
    const base = { API: 'api', Collector: 'collector', Bidder: 'bidder' } as const;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = call.path?.[name];
      if (value === undefined) throw new Error(`${method} ${path}: no ${name}`);
      return encodeURIComponent(value);
    });
    const query = new URLSearchParams(call.query ?? {}).toString();
    const cookies = Object.entries(call.cookies ?? {}).map(([name, value]) => `${name}=${value}`);
    const response = await fetch(this.platform[base[server]] + filled + (query === '' ? '' : `?${query}`), {
      method: method.toUpperCase(),
      redirect: 'manual',
      headers: {
        ...(call.key === undefined ? {} : { authorization: `Bearer ${call.key}` }),
        ...(call.body === undefined ? {} : { 'content-type': call.mediaType ?? 'application/json' }),
        ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
        ...call.headers,
      },
      body: call.body === undefined || typeof call.body === 'string' ? call.body : JSON.stringify(call.body),
    });
    const text = await response.text();
    const headers = Object.fromEntries(response.headers.entries());
    const isJson = /^application\/(?:[\w.]+\+)?json$/.test(mediaTypeOf(headers) ?? '');
    return {
      status: response.status,
      headers,
      body: isJson ? (JSON.parse(text) as unknown) : text === '' ? undefined : text,
    };
  }
}

export function mediaTypeOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['content-type']?.split(';', 1)[0];
}
