import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { CatalogChange } from '../../shared/stores/catalog/catalog';
import type { Caller, TenantKind } from '../auth/callers';

export interface Reply {
  status: number;
  /** JSON; absent: no content. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** What a handler is told of a request. */
export interface RouteRequest<Body = unknown> {
  caller: Caller;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string | number | undefined>>;
  body: Body;
  headers: IncomingHttpHeaders;
}

interface RouteDescription {
  method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it: `/v1/partners/{id}`; `{+code}` takes slashes too. */
  path: string;
  tag: string;
  summary: string;
  /** Who may call besides an administrator. */
  roles: readonly (TenantKind | 'analyst')[];
  query?: z.ZodType<Record<string, string | number | undefined>>;
  /** Query parameters are not looked at. */
  anyQuery?: boolean;
  /** What the body must be, where that is checked by the handler. */
  documentedBody?: z.ZodType;
  /** Body of the answer, for the documentation. */
  response?: z.ZodType;
  /** Status of success. */
  status: number;
  /** Error statuses besides those that every route has. */
  problems?: readonly number[];
}

export interface ReadRoute extends RouteDescription {
  kind: 'read';
  body?: z.ZodType;
  handle(request: RouteRequest): Promise<Reply>;
}

/**
 * Changes the catalog: runs inside one transaction, is in force when it is answered, and, as a POST, honours
 * `Idempotency-Key`. May touch the catalog only through `change`.
 */
export interface ChangeRoute extends RouteDescription {
  kind: 'change';
  body?: z.ZodType;
  handle(request: RouteRequest, change: CatalogChange): Promise<Reply>;
}

export type Route = ReadRoute | ChangeRoute;
