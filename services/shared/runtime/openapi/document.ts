import { documentedExamples, type Example } from './example';
import { jsonSchemaOf, type Answer, type JsonObject, type Operation } from './operation';

export interface DocumentedServer {
  /** Where these operations are; `/`: where the document is. */
  url: string;
  description: string;
  operations: readonly Operation[];
}

export interface DocumentOptions {
  title: string;
  version: string;
  description: string;
  /** The first one's operations are those that need no server of their own. */
  servers: readonly [DocumentedServer, ...DocumentedServer[]];
  /** Further named schemas. */
  schemas: JsonObject;
  examples: readonly Example[];
}

/** OpenAPI 3.1 of several ports: each path says at which of them it is. */
export function openApiDocument(options: DocumentOptions): JsonObject {
  const { title, version, description, servers, schemas } = options;
  const [main] = servers;
  const examples = documentedExamples(options.examples);
  const paths: Record<string, JsonObject> = {};
  for (const server of servers) {
    for (const operation of server.operations) {
      paths[operation.path] = {
        ...(server === main ? {} : { servers: [{ url: server.url, description: server.description }] }),
        ...paths[operation.path],
        [operation.method]: operationJson(
          operation,
          examples.filter((example) => example.operation === operation.operationId),
        ),
      };
    }
  }
  const tags = servers.flatMap(({ operations }) => operations.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: main.url, description: main.description }],
    security: [{ key: [] }],
    tags: [...new Set(tags)].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { ...schemas, Problem: problemSchema },
    },
  };
}

function operationJson(operation: Operation, examples: readonly Example[]): JsonObject {
  const { tag, summary, operationId, description, key, parameters, body, responses } = operation;
  const security = { required: undefined, optional: [{}, { key: [] }], none: [] }[key];
  return {
    tags: [tag],
    summary,
    operationId,
    ...(description === undefined ? {} : { description }),
    ...(security === undefined ? {} : { security }),
    parameters: parameters.map((parameter) => {
      const values = examples.map((example) => valueOf(parameter.name, parameter.in, example));
      const example = values.find((value) => value !== undefined);
      return { ...parameter, ...(example === undefined ? {} : { example }) };
    }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentJson(body, 'input', requestsOf(examples)) } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, answer]) => [
        status,
        answerJson(answer, answersOf(examples, Number(status))),
      ]),
    ),
  };
}

function valueOf(name: string, place: string, example: Example): string | undefined {
  switch (place) {
    case 'path':
      return example.path[name];
    case 'query':
      return example.query[name];
    case 'cookie':
      return example.cookies[name];
    default:
      return example.headers[name];
  }
}

interface Shown {
  title: string;
  mediaType?: string;
  value: unknown;
}

function requestsOf(examples: readonly Example[]): Shown[] {
  return examples.flatMap(({ title, body, mediaType }) =>
    body === undefined ? [] : [{ title, mediaType, value: body }],
  );
}

function answersOf(examples: readonly Example[], status: number): Shown[] {
  return examples.flatMap((example) =>
    example.status === status && example.answer !== undefined
      ? [{ title: example.title, value: example.answer }]
      : [],
  );
}

function answerJson({ description, content }: Answer, examples: readonly Shown[]): JsonObject {
  return {
    description,
    ...(content === undefined ? {} : { content: contentJson(content, 'output', examples) }),
  };
}

function contentJson(
  content: Readonly<Record<string, Parameters<typeof jsonSchemaOf>[0]>>,
  io: 'input' | 'output',
  shown: readonly Shown[],
): JsonObject {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, schema]) => {
      const mine = shown.filter((example) => (example.mediaType ?? mediaType) === mediaType);
      const examples = mine.map(({ title, value }) => [title, { summary: title, value }]);
      return [
        mediaType,
        {
          schema: jsonSchemaOf(schema, io),
          ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) as JsonObject }),
        },
      ];
    }),
  );
}

const problemSchema: JsonObject = {
  description: 'RFC 9457',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'errors'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'code', 'message'],
        properties: {
          path: { type: 'string', description: 'Such as `rule.all[1].within`.' },
          code: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
  },
};
