import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Histogram } from '../../shared/runtime/metrics';
import type { Logger } from '../../shared/runtime/logger';
import { problemBody } from '../../shared/runtime/problem';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { Callers } from '../auth/callers';
import { ApiProblem, notFound } from './api-problem';
import type { Idempotency } from './idempotency';
import { idempotencyKeyOf } from './idempotency';
import { jsonBody, toProblem } from './json-body';
import type { ChangeRoute, Reply, Route, RouteRequest } from './route';
import { queryOf, validate } from './validate';

export interface MountOptions {
  catalog: Catalog;
  callers: Callers;
  idempotency: Idempotency;
  /** Makes a change be in force everywhere; runs after its transaction and before its answer. */
  publish: () => Promise<void>;
  /** Seconds by route, method and status. */
  durations: Histogram<'route' | 'method' | 'status'>;
  logger: Logger;
  now: () => number;
}

/** Puts routes into Express: who may call, what they may send, what becomes of errors. */
export function mountRoutes(app: Express, routes: readonly Route[], options: MountOptions): void {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  const readBody = jsonBody();
  for (const [path, atPath] of mostSpecificFirst(paths)) {
    const express = app.route(expressPath(path));
    for (const route of atPath) {
      const handlers: RequestHandler[] = [measure(route, options), authorise(route, options)];
      if (route.body !== undefined) handlers.push(readBody);
      express[route.method](...handlers, async (req: Request, res: Response) => {
        send(res, await run(route, req, callerOf(res), options));
      });
    }
    express.all((req: Request, res: Response) => refuseMethod(req, res, atPath));
  }
}

/** Everything that no route took, and everything that went wrong. Goes last. */
export function mountErrors(app: Express, logger: Logger): void {
  app.use((req: Request) => {
    throw notFound(`${req.path} here`);
  });
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const problem = toProblem(error);
    if (problem === undefined)
      logger.error({ err: error, method: req.method, path: req.path }, 'request failed');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendProblemOf(
      res,
      problem ??
        new ApiProblem({ status: 500, code: 'internal', detail: 'the request could not be handled' }),
    );
  });
}

const callers = new WeakMap<Response, RouteRequest['caller']>();

function callerOf(res: Response): RouteRequest['caller'] {
  const caller = callers.get(res);
  if (caller === undefined) throw new Error('a route ran without a caller');
  return caller;
}

function authorise(route: Route, { callers: known }: MountOptions) {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    const caller = await known.byAuthorization(req.headers.authorization);
    if (caller === undefined) {
      throw new ApiProblem({
        status: 401,
        code: 'unauthorized',
        detail: 'give a key that is in force as Authorization: Bearer <key>',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    const { kind } = caller.role;
    if (kind !== 'admin' && !route.roles.includes(kind)) {
      throw new ApiProblem({ status: 403, code: 'forbidden', detail: `the role ${kind} may not do this` });
    }
    callers.set(res, caller);
    next();
  };
}

function measure(route: Route, { durations }: MountOptions) {
  return (_req: Request, res: Response, next: NextFunction): void => {
    const end = durations.startTimer({ route: route.path, method: route.method });
    res.once('finish', () => end({ status: String(res.statusCode) }));
    next();
  };
}

async function run(
  route: Route,
  req: Request,
  caller: RouteRequest['caller'],
  options: MountOptions,
): Promise<Reply> {
  const given = queryOf(req.url);
  if (route.query === undefined && !route.anyQuery) refuseParameters(given);
  const request: RouteRequest = {
    caller,
    params: paramsOf(req),
    query: route.query === undefined ? {} : validate(route.query, { ...given }),
    body: route.body === undefined ? undefined : validate(route.body, req.body as unknown),
    headers: req.headers,
  };
  if (route.kind === 'read') return route.handle(request);
  const key = route.method === 'post' ? idempotencyKeyOf(req.headers['idempotency-key']) : undefined;
  if (key === undefined) return runChange(route, request, options);
  const scope = `${caller.keyId} ${route.method} ${req.path}`;
  return options.idempotency.once({ key, scope, body: request.body }, (store) =>
    runChange(route, request, options, store),
  );
}

async function runChange(
  route: ChangeRoute,
  request: RouteRequest,
  { catalog, publish, now }: MountOptions,
  store?: (change: Parameters<ChangeRoute['handle']>[1], reply: Reply) => Promise<void>,
): Promise<Reply> {
  const reply = await catalog.change(new Date(now()), async (change) => {
    const made = await route.handle(request, change);
    await store?.(change, made);
    return made;
  });
  await publish();
  return reply;
}

function refuseParameters(given: Record<string, string>): void {
  const errors = Object.keys(given).map((path) => ({
    path,
    code: 'unknown_field',
    message: 'is not known here',
  }));
  if (errors.length > 0) {
    throw new ApiProblem({ status: 422, code: 'invalid_request', detail: 'unknown query parameter', errors });
  }
}

function paramsOf(req: Request): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.params)) {
    params[name] = Array.isArray(value) ? value.join('/') : String(value);
  }
  return params;
}

function refuseMethod(req: Request, res: Response, routes: readonly Route[]): void {
  const methods = routes.map((route) => route.method.toUpperCase());
  if (methods.includes('GET')) methods.push('HEAD');
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (req.method === 'OPTIONS') {
    res.writeHead(204, { allow }).end();
    return;
  }
  throw new ApiProblem({
    status: 405,
    code: 'method_not_allowed',
    detail: `${req.method} is not possible here, only ${methods.join(', ')}`,
    headers: { allow },
  });
}

function send(res: Response, reply: Reply): void {
  const headers = { 'cache-control': 'no-store', ...reply.headers };
  if (reply.body === undefined) {
    res.writeHead(reply.status, headers).end();
    return;
  }
  const body = Buffer.from(JSON.stringify(reply.body));
  res.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  });
  res.end(body);
}

function sendProblemOf(res: Response, problem: ApiProblem): void {
  const { status, title, code, message: detail, errors, headers } = problem;
  const body = Buffer.from(JSON.stringify(problemBody(status, { title, detail, code, errors })));
  res.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...headers,
  });
  res.end(body);
}

/** `{id}` → `:id`, `{+code}` → `*code`. */
function expressPath(path: string): string {
  return path.replace(/\{\+(\w+)\}/g, '*$1').replace(/\{(\w+)\}/g, ':$1');
}

/** `/v1/audiences/estimate` before `/v1/audiences/{id}`. */
function mostSpecificFirst(paths: Map<string, Route[]>): [string, Route[]][] {
  const parameters = (path: string): number => path.split('{').length;
  return [...paths].sort(([a], [b]) => parameters(a) - parameters(b));
}
