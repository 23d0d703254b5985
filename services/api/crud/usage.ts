import type { CatalogChange } from '../../shared/stores/catalog/catalog';
import { tenantOf, type Caller, type TenantKind } from '../auth/callers';
import { conflict } from '../http/api-problem';
import type { ResourceKind } from './resource-spec';

const NAMED_MAX = 10;
const REFERRERS = [
  ['audience', 'audience'],
  ['lineItem', 'line item'],
  ['creative', 'creative'],
  ['exchange', 'exchange'],
  ['trait', 'trait'],
] as const satisfies readonly (readonly [ResourceKind, string])[];
const TENANTS: ReadonlySet<string> = new Set<TenantKind>(['advertiser', 'publisher', 'provider']);

/** `kind:id`, as resources keep what they refer to. */
export function refTo(kind: ResourceKind, id: string): string {
  return `${kind}:${id}`;
}

/** Whether anything can refer to this kind. */
export function isEverUsed(kind: ResourceKind): boolean {
  return kind !== 'lineItem';
}

/** 409 that names what still uses a resource; of what the caller may not see, only that it is there. */
export async function refuseWhileUsed(
  change: CatalogChange,
  what: { caller: Caller; kind: ResourceKind; id: string; noun: string },
): Promise<void> {
  const users: string[] = [];
  const tenant = tenantOf(what.caller, 'advertiser');
  let hidden = false;
  for (const [kind, noun] of REFERRERS) {
    const found = await change.resources[kind].referringTo([refTo(what.kind, what.id)], NAMED_MAX);
    for (const { id, ownerId } of found) {
      if (tenant === undefined || tenant === ownerId) users.push(`${noun} ${id}`);
      else hidden = true;
    }
  }
  if (TENANTS.has(what.kind)) {
    const keys = await change.keys.ofTenant(what.kind as TenantKind, what.id, NAMED_MAX);
    users.push(...keys.map((key) => `key ${key.id}`));
  }
  if (hidden) users.push('things of others');
  if (users.length === 0) return;
  throw conflict(
    'in_use',
    `the ${what.noun} is used by ${users.slice(0, NAMED_MAX).join(', ')}`,
    users.slice(0, NAMED_MAX).map((user) => ({ path: '', code: 'in_use', message: `is used by ${user}` })),
  );
}
