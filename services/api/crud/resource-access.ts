import type {
  Catalog,
  CatalogChange,
  ResourceReaders,
  ResourceWriters,
} from '../../shared/stores/catalog/catalog';
import type { Definitions } from '../../shared/stores/catalog/definitions';
import type { ResourceReader, ResourceWriter, Stored } from '../../shared/stores/catalog/resources';
import { tenantOf, type Caller, type TenantKind } from '../auth/callers';
import { ApiProblem, notFound } from '../http/api-problem';
import { etagOf } from '../http/conditional';
import type { Page } from '../http/page';
import type { Extras, ResourceKind, ResourceSpec } from './resource-spec';

/** What a caller may see of one kind of resource, and what it looks like. */
export class ResourceAccess<Kind extends ResourceKind, Body> {
  constructor(private readonly spec: ResourceSpec<Kind, Body>) {}

  reader(from: ResourceReaders): ResourceReader<Definitions[Kind]> {
    return from[this.spec.kind];
  }

  writer(from: ResourceWriters): ResourceWriter<Definitions[Kind]> {
    return from[this.spec.kind];
  }

  /** 404 for what is not there and for what is not the caller's to see, alike. */
  async get(from: ResourceReaders, caller: Caller, id: string): Promise<Stored<Definitions[Kind]>> {
    const stored = await this.reader(from).get(id);
    if (stored === undefined || !this.isVisible(caller, stored)) throw notFound(`${this.spec.noun} ${id}`);
    return stored;
  }

  /** As `get`; what belongs to the house can be seen by advertisers, not changed. */
  async getToChange(from: ResourceReaders, caller: Caller, id: string): Promise<Stored<Definitions[Kind]>> {
    const stored = await this.get(from, caller, id);
    if (stored.ownerId === null && tenantOf(caller, 'advertiser') !== undefined) {
      throw new ApiProblem({ status: 403, code: 'forbidden', detail: 'it belongs to the house' });
    }
    return stored;
  }

  async list(from: ResourceReaders, caller: Caller, page: Page): Promise<Stored<Definitions[Kind]>[]> {
    const { kind, tenancy } = this.spec;
    const reader = this.reader(from);
    switch (tenancy) {
      case 'none':
        return reader.list(page);
      case 'self': {
        const tenant = tenantOf(caller, kind as TenantKind);
        if (tenant === undefined) return reader.list(page);
        return (await reader.getMany([tenant])).filter((stored) => stored.seq > (page.after ?? 0));
      }
      case 'owned':
      case 'owned-or-house':
        return reader.list({
          ...page,
          ownerId: tenantOf(caller, 'advertiser'),
          orHouse: tenancy === 'owned-or-house',
        });
    }
  }

  /** Body and headers of an answer that is about one resource. */
  async answer(
    from: Catalog | CatalogChange,
    stored: Stored<Definitions[Kind]>,
  ): Promise<{ body: unknown; headers: Record<string, string> }> {
    return {
      body: this.view(stored, await this.extras(from, [stored.id])),
      headers: { etag: etagOf(stored.version) },
    };
  }

  async extras(from: Catalog | CatalogChange, ids: readonly string[]): Promise<Extras> {
    return (await this.spec.extras?.(from, ids)) ?? new Map<string, Record<string, unknown>>();
  }

  view(stored: Stored<Definitions[Kind]>, extras: Extras): Record<string, unknown> {
    return {
      id: stored.id,
      ...this.spec.show(stored),
      ...extras.get(stored.id),
      createdAt: stored.createdAt.toISOString(),
      updatedAt: stored.updatedAt.toISOString(),
    };
  }

  private isVisible(caller: Caller, stored: Stored<Definitions[Kind]>): boolean {
    const { kind, tenancy } = this.spec;
    if (tenancy === 'none') return true;
    const tenant = tenantOf(caller, tenancy === 'self' ? (kind as TenantKind) : 'advertiser');
    if (tenant === undefined) return true;
    if (tenancy === 'self') return tenant === stored.id;
    return tenant === stored.ownerId || (tenancy === 'owned-or-house' && stored.ownerId === null);
  }
}
