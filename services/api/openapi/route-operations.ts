import { z } from 'zod';
import {
  parametersOf,
  problemAnswer,
  type Answer,
  type Operation,
  type Parameter,
} from '../../shared/runtime/openapi/operation';
import type { Route } from '../http/route';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'Not a readable request',
  401: 'No key, or one that is not in force',
  403: 'The role may not do this',
  404: 'Not there, or not yours',
  409: 'In conflict with what is there, or a repeat of a request that is still being worked on',
  412: 'If-Match names another version',
  413: 'The body is over 1 MiB',
  415: 'Content-Encoding or charset is not known',
  422: 'Understood, and cannot be: every fault with its path',
  428: 'If-Match is missing',
  501: 'Not built yet',
};

const TENANT_ROLES = 4;

/** The routes of the API as the document tells them, made of the very schemas that check requests. */
export function routeOperations(routes: readonly Route[]): Operation[] {
  return routes.map((route) => {
    const body = route.documentedBody ?? route.body;
    return {
      method: route.method,
      path: route.path.replace('{+', '{'),
      operationId: operationId(route),
      tag: route.tag,
      summary: route.summary,
      description: `Roles: ${['admin', ...route.roles].join(', ')}.`,
      key: 'required',
      parameters: [...pathParameters(route.path), ...queryParameters(route), ...headerParameters(route)],
      ...(body === undefined ? {} : { body: { 'application/json': body } }),
      responses: responses(route),
    };
  });
}

function responses(route: Route): Record<number, Answer> {
  const problems = new Set([
    401,
    ...(route.roles.length === TENANT_ROLES ? [] : [403]),
    ...(route.body === undefined ? [] : [400, 413, 415]),
    ...(route.anyQuery ? [] : [422]),
    ...(route.kind === 'change' && route.method === 'post' ? [409] : []),
    ...(route.problems ?? []),
  ]);
  const described = [...problems].map((status) => [status, problemOf(status)] as const);
  return Object.fromEntries<Answer>([...described, [route.status, success(route)]]);
}

function success({ status, summary, response }: Route): Answer {
  if (status === 501) return problemOf(501);
  return {
    description: summary,
    ...(response === undefined ? {} : { content: { 'application/json': response } }),
  };
}

function problemOf(status: number): Answer {
  return problemAnswer(PROBLEMS[status] ?? 'An error');
}

function pathParameters(path: string): Parameter[] {
  const names = [...path.matchAll(/\{\+?(\w+)\}/g)].map(([, name = '']) => name);
  return parametersOf('path', z.object(Object.fromEntries(names.map((name) => [name, z.string()]))));
}

function queryParameters({ query }: Route): Parameter[] {
  return query === undefined ? [] : parametersOf('query', query);
}

function headerParameters(route: Route): Parameter[] {
  const header = (name: string, required: boolean, description: string): Parameter => ({
    ...{ name, in: 'header', required, description, schema: { type: 'string' } },
  });
  const parameters: Parameter[] = [];
  if (route.kind === 'change' && route.method === 'post') {
    parameters.push(header('Idempotency-Key', false, 'Makes a repeat give the first answer, for 24 hours.'));
  }
  if (route.problems?.includes(412)) {
    const required = route.problems.includes(428);
    parameters.push(header('If-Match', required, 'ETag of the version that was read.'));
  }
  return parameters;
}

function operationId({ method, path }: Route): string {
  const words = path.replace('/v1/', '').match(/\w+/g) ?? [];
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}
