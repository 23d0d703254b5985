import { z } from 'zod';
import { omit } from '../crud/omit';
import type { Route } from '../http/route';
import { ruleSchemas } from '../audiences/rule-schema';

type Json = Record<string, unknown>;

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'Not a readable request',
  401: 'No key, or one that is not in force',
  403: 'The role may not do this',
  404: 'Not there, or not yours',
  409: 'In conflict with what is there',
  412: 'If-Match names another version',
  413: 'The body is over 1 MiB',
  422: 'Understood, and cannot be: every fault with its path',
  428: 'If-Match is missing',
  501: 'Not built yet',
};

/** The API as OpenAPI 3.1, made of the routes and of the very schemas that check requests. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace('{+', '{');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Muster',
      version: '1',
      description:
        'Audiences from what people did, if they allowed it. Errors are RFC 9457 problems. Lists go on with ' +
        '`cursor`. PUT needs `If-Match` with the ETag that was read. POST honours `Idempotency-Key` for 24 hours. ' +
        'A field that is accepted is enforced; one that is not supported yet is refused with 422 `unsupported`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { ...ruleSchemas, Problem: problemSchema },
    },
  };
}

function operation(route: Route): Json {
  const body = route.documentedBody ?? route.body;
  return {
    tags: [route.tag],
    summary: route.summary,
    operationId: operationId(route),
    description: `Roles: ${['admin', ...route.roles].join(', ')}.`,
    parameters: [...pathParameters(route.path), ...queryParameters(route), ...headerParameters(route)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: responses(route),
  };
}

function responses(route: Route): Json {
  const always = [401, 403, ...(route.body === undefined ? [] : [400, 413, 422])];
  const problems = [...new Set([...always, ...(route.problems ?? [])])].sort((a, b) => a - b);
  const success: Json =
    route.status === 501
      ? problemResponse(501)
      : {
          description: route.summary,
          ...(route.response === undefined
            ? {}
            : { content: { 'application/json': { schema: schemaOf(route.response, 'output') } } }),
        };
  return Object.fromEntries([
    [String(route.status), success],
    ...problems.map((status) => [String(status), problemResponse(status)]),
  ]) as Json;
}

function problemResponse(status: number): Json {
  return {
    description: PROBLEMS[status] ?? 'An error',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{\+?(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(route: Route): Json[] {
  if (route.query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(route.query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters(route: Route): Json[] {
  const header = (name: string, required: boolean, description: string): Json => ({
    ...{ name, in: 'header', required, description, schema: { type: 'string' } },
  });
  const parameters: Json[] = [];
  if (route.kind === 'change' && route.method === 'post') {
    parameters.push(header('Idempotency-Key', false, 'Makes a repeat give the first answer, for 24 hours.'));
  }
  if (route.problems?.includes(412)) {
    const required = route.problems.includes(428);
    parameters.push(header('If-Match', required, 'ETag of the version that was read.'));
  }
  return parameters;
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  return omit(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json, '$schema');
}

function operationId({ method, path }: Route): string {
  const words = path.replace('/v1/', '').match(/\w+/g) ?? [];
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

const problemSchema: Json = {
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
