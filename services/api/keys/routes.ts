import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { catalogIdPattern } from '../../shared/domain/identity';
import type { Role } from '../../shared/domain/snapshot';
import type { ApiKey } from '../../shared/stores/catalog/api-keys';
import type { Catalog, CatalogChange } from '../../shared/stores/catalog/catalog';
import { sha256Hex } from '../../shared/domain/sha256';
import { roleText } from '../auth/callers';
import { nameText } from '../crud/fields';
import { refuseUnknown } from '../crud/references';
import { makeId } from '../crud/resource-routes';
import { notFound } from '../http/api-problem';
import { pageOf, pageQuery, pageReply, pageSchema } from '../http/page';
import type { Route } from '../http/route';

const role = z
  .string()
  .refine(
    (text) => parseRole(text) !== undefined,
    'must be admin, analyst, advertiser:<id>, publisher:<id> or provider:<id>',
  )
  .meta({ examples: ['advertiser:acme'] });
const newKey = z.strictObject({ role, name: nameText.optional() });
const shown = z.object({ id: z.string(), role, name: nameText.optional(), createdAt: z.iso.datetime() });

/** Keys of the API, the collector and the lake. A key is shown once, when it is made; its sha256 is kept. */
export function keyRoutes(catalog: Catalog): Route[] {
  const tag = 'Keys';
  const path = '/v1/keys';
  const one = '/v1/keys/{id}';
  return [
    {
      kind: 'change',
      method: 'post',
      path,
      tag,
      summary: 'Make a key; it is shown this once',
      roles: [],
      body: newKey,
      response: shown.extend({ key: z.string() }),
      status: 201,
      problems: [422],
      handle: async ({ body }, change) => {
        const { role: text, name } = body as z.output<typeof newKey>;
        const parsed = parseRole(text);
        if (parsed === undefined) throw new Error('a checked role could not be read');
        await refuseUnknownTenant(parsed, change);
        const key = `mk_${randomBytes(32).toString('base64url')}`;
        const made = await change.keys.create({
          id: makeId('key'),
          hash: sha256Hex(key),
          role: parsed,
          name,
        });
        return { status: 201, body: { ...view(made), key }, headers: { location: `${path}/${made.id}` } };
      },
    },
    {
      kind: 'read',
      method: 'get',
      path,
      tag,
      summary: 'List keys in force, without the keys themselves',
      roles: [],
      query: pageQuery,
      response: pageSchema(shown),
      status: 200,
      handle: async ({ query }) => {
        const page = pageOf(query);
        const found = await catalog.keys.list({ ...page, limit: page.limit + 1 });
        return { status: 200, body: pageReply(found, page.limit, view) };
      },
    },
    {
      kind: 'read',
      method: 'get',
      path: one,
      tag,
      summary: 'Read what is known of a key',
      roles: [],
      response: shown,
      status: 200,
      problems: [404],
      handle: async ({ params }) => {
        const key = await catalog.keys.get(params.id ?? '');
        if (key === undefined) throw notFound(`key ${params.id}`);
        return { status: 200, body: view(key) };
      },
    },
    {
      kind: 'change',
      method: 'delete',
      path: one,
      tag,
      summary: 'Revoke a key',
      roles: [],
      status: 204,
      problems: [404],
      handle: async ({ params }, change) => {
        if (!(await change.keys.revoke(params.id ?? ''))) throw notFound(`key ${params.id}`);
        return { status: 204 };
      },
    },
  ];
}

function parseRole(text: string): Role | undefined {
  if (text === 'admin' || text === 'analyst') return { kind: text };
  const [kind, id, ...more] = text.split(':');
  if (id === undefined || more.length > 0 || !catalogIdPattern.test(id)) return undefined;
  return kind === 'advertiser' || kind === 'publisher' || kind === 'provider' ? { kind, id } : undefined;
}

async function refuseUnknownTenant(role: Role, change: CatalogChange): Promise<void> {
  if (role.kind === 'admin' || role.kind === 'analyst') return;
  const as = { code: `unknown_${role.kind}`, noun: role.kind };
  const mentions = [{ path: 'role', ids: [role.id] }];
  switch (role.kind) {
    case 'advertiser':
      await refuseUnknown(change.resources.advertiser, mentions, as);
      return;
    case 'publisher':
      await refuseUnknown(change.resources.publisher, mentions, as);
      return;
    case 'provider':
      await refuseUnknown(change.resources.provider, mentions, as);
  }
}

function view(key: ApiKey): Record<string, unknown> {
  return {
    id: key.id,
    role: roleText(key.role),
    ...(key.name === null ? {} : { name: key.name }),
    createdAt: key.createdAt.toISOString(),
  };
}
