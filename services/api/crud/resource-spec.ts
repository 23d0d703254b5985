import type { z } from 'zod';
import type { Catalog, CatalogChange, ResourceReaders } from '../../shared/stores/catalog/catalog';
import type { Definitions } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import type { Caller, TenantKind } from '../auth/callers';

export type ResourceKind = keyof Definitions;

/** What is to be kept of a body, once all is found to be right. */
export interface Accepted<Definition> {
  definition: Definition;
  /** The advertiser it belongs to; null: the house. */
  ownerId: string | null;
  /** `kind:id` of everything it refers to. */
  refs: string[];
}

export interface AcceptContext<Kind extends ResourceKind> {
  caller: Caller;
  /** Id of the resource. */
  id: string;
  /** What a replacement replaces. */
  previous?: Stored<Definitions[Kind]>;
  resources: ResourceReaders;
}

export type Extras = ReadonlyMap<string, Record<string, unknown>>;

/** What makes one kind of resource different from the others. */
export interface ResourceSpec<Kind extends ResourceKind, Body> {
  kind: Kind;
  /** `/v1/partners` */
  path: string;
  /** As told to people, with its article: `a partner`; and of several. */
  noun: string;
  article: 'a' | 'an';
  tag: string;
  /** Of ids that are made here. */
  idPrefix: string;
  /** Fields of a body besides `id`; types as in JSON. */
  body: z.ZodObject;
  /** Fields of an answer besides what every resource has. */
  view: z.ZodObject;
  /** Fields of an answer that a replacement may send back; what they say is ignored. */
  readOnly?: readonly string[];
  /** Tenants that may read, and those that may write their own. */
  readers: readonly (TenantKind | 'analyst')[];
  writers: readonly TenantKind[];
  /** Whose it is: an advertiser's by `ownerId` (or the house's), the tenant itself, or nobody's. */
  tenancy: 'owned' | 'owned-or-house' | 'self' | 'none';
  /** Checks what the schema cannot; throws ApiProblem 422. */
  accept(body: Body, context: AcceptContext<Kind>): Promise<Accepted<Definitions[Kind]>>;
  /** Fields of the answer, beside what every resource has. */
  show(stored: Stored<Definitions[Kind]>): Record<string, unknown>;
  /** More fields of the answer that are kept elsewhere, per id. */
  extras?(from: Catalog | CatalogChange, ids: readonly string[]): Promise<Extras>;
  /** Runs in the transaction, after the resource was written. */
  written?(
    change: CatalogChange,
    stored: Stored<Definitions[Kind]>,
    previous: Stored<Definitions[Kind]> | undefined,
  ): Promise<void>;
}
