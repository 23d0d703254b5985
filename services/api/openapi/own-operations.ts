import { z } from 'zod';
import { parametersOf, type Answer, type Operation } from '../../shared/runtime/openapi/operation';

const text = (description: string, mediaType = 'text/plain'): Answer => ({
  description,
  content: { [mediaType]: z.string() },
});

const queryParameters = parametersOf(
  'query',
  z.object({
    query: z.string().optional().describe('One statement; more of it may follow in the body.'),
    default_format: z.string().optional().describe('Output format where the statement names none.'),
    database: z.string().optional().describe('Default database; `muster`.'),
    max_execution_time: z.string().optional().describe('Seconds, at most what the platform allows.'),
    param_name: z.string().optional().describe("Value of the placeholder `{name:Type}`; any other's alike."),
  }),
);

const queryAnswers: Readonly<Record<number, Answer>> = {
  200: {
    description: 'The result in the format that was asked for',
    content: {
      'text/tab-separated-values': z.string(),
      'application/json': z.unknown(),
      'application/x-ndjson': z.string(),
      'application/octet-stream': z.string(),
    },
  },
  400: text('Not one readable statement, or a fault that the engine found'),
  401: text('No key, or one that is not in force'),
  403: text('The role may not query, or the statement, source or function is not for analysts'),
  404: text('Another database than `muster`'),
  503: text('Too many queries at once, or the engine is busy: try again'),
};

const clickhouse = {
  path: '/clickhouse/',
  tag: 'ClickHouse',
  description:
    "ClickHouse's HTTP interface, read-only, for the roles analyst and admin. The key is given as Bearer, as the " +
    'password of Basic, or as `X-ClickHouse-Key`. Answers and errors have the form that clients of ClickHouse read.',
  key: 'required',
  parameters: queryParameters,
} as const;

/** What the API's port answers besides its routes. */
export const OWN_OPERATIONS: readonly Operation[] = [
  {
    ...clickhouse,
    method: 'get',
    operationId: 'getClickhouse',
    summary: 'Query the lake',
    responses: queryAnswers,
  },
  {
    ...clickhouse,
    method: 'post',
    operationId: 'postClickhouse',
    summary: 'Query the lake, with the statement in the body',
    body: { 'text/plain': z.string().max(1_000_000) },
    responses: { ...queryAnswers, 413: text('The statement has over 1,000,000 bytes') },
  },
  {
    method: 'get',
    path: '/clickhouse/ping',
    operationId: 'getClickhousePing',
    tag: 'ClickHouse',
    summary: 'Whether the interface answers',
    key: 'none',
    parameters: [],
    responses: { 200: text('`Ok.`') },
  },
  {
    method: 'get',
    path: '/clickhouse/replicas_status',
    operationId: 'getClickhouseReplicasStatus',
    tag: 'ClickHouse',
    summary: 'The same, as balancers of ClickHouse ask it',
    key: 'none',
    parameters: [],
    responses: { 200: text('`Ok.`') },
  },
  {
    method: 'get',
    path: '/healthz',
    operationId: 'getHealthz',
    tag: 'Health',
    summary: 'Alive; at every port',
    key: 'none',
    parameters: [],
    responses: {
      200: {
        description: 'The process is alive',
        content: { 'application/json': z.object({ status: z.literal('alive') }) },
      },
    },
  },
  {
    method: 'get',
    path: '/readyz',
    operationId: 'getReadyz',
    tag: 'Health',
    summary: 'Able to do the whole job, the path behind it included; at every port',
    key: 'none',
    parameters: [],
    responses: {
      200: readiness('ready', 'Ready'),
      503: readiness('not ready', 'Not ready: `missing` names what is lacking'),
    },
  },
  {
    method: 'get',
    path: '/',
    operationId: 'getRoot',
    tag: 'Documentation',
    summary: 'Leads to /docs',
    key: 'none',
    parameters: [],
    responses: { 302: { description: 'To /docs' } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenapi',
    tag: 'Documentation',
    summary: 'This document',
    key: 'none',
    parameters: [],
    responses: {
      200: {
        description: 'OpenAPI 3.1',
        content: { 'application/json': z.looseObject({ openapi: z.string() }) },
      },
    },
  },
  {
    method: 'get',
    path: '/docs',
    operationId: 'getDocs',
    tag: 'Documentation',
    summary: 'This document as a page',
    key: 'none',
    parameters: [],
    responses: { 200: text('A page', 'text/html') },
  },
];

function readiness(status: 'ready' | 'not ready', description: string): Answer {
  const schema = z.object({ status: z.literal(status), missing: z.array(z.string()) });
  return { description, content: { 'application/json': schema } };
}
