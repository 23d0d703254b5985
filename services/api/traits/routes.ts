import { z } from 'zod';
import type { Catalog, ResourceReaders } from '../../shared/stores/catalog/catalog';
import type { TraitDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import { tenantOf, type Caller } from '../auth/callers';
import { idTaken, withoutReadOnly } from '../crud/resource-routes';
import { refuseWhileUsed } from '../crud/usage';
import { invalid, notFound } from '../http/api-problem';
import { checkIfMatch, etagOf } from '../http/conditional';
import { pageOf, pageQuery, pageReply, pageSchema } from '../http/page';
import type { Reply, Route } from '../http/route';
import { validate } from '../http/validate';
import { acceptTraits, traitId, type PlacedTrait } from './accept-traits';
import { trait, traitView, type TraitBody } from './schema';

const AT_ONCE_MAX = 1_000;

const manyTraits = z
  .array(trait)
  .min(1, 'must have at least one item')
  .max(AT_ONCE_MAX, `has more than ${AT_ONCE_MAX} items`);
const listed = z.strictObject({ items: manyTraits });

/** A provider's taxonomy: what its records may say. */
export function traitRoutes(catalog: Catalog): Route[] {
  const path = '/v1/providers/{id}/traits';
  const one = '/v1/providers/{id}/traits/{+code}';
  const tag = 'Traits';
  return [
    {
      kind: 'change',
      method: 'post',
      path,
      tag,
      summary: `Create a trait, or up to ${AT_ONCE_MAX} at once, all or none`,
      roles: ['provider'],
      body: z.union([z.looseObject({}), z.array(z.unknown())]),
      documentedBody: z.union([trait, listed, manyTraits]),
      response: z.union([traitView, z.object({ items: z.array(traitView) })]),
      status: 201,
      problems: [404, 409, 422],
      handle: async ({ caller, params, body }, change) => {
        const provider = await providerOf(caller, params.id, change.resources);
        const { traits, single } = placedTraits(body);
        const accepted = await acceptTraits(provider, traits, change.resources);
        const [taken] = await change.resources.trait.takenIds(accepted.map(({ id }) => id));
        if (taken !== undefined) throw idTaken(taken);
        const stored = await change.resources.trait.create(accepted);
        const [first] = stored;
        if (!single || first === undefined) return { status: 201, body: { items: stored.map(view) } };
        const location = `/v1/providers/${provider}/traits/${encodeURI(first.definition.code)}`;
        const answer = reply(first);
        return { ...answer, status: 201, headers: { ...answer.headers, location } };
      },
    },
    {
      kind: 'read',
      method: 'get',
      path,
      tag,
      summary: 'List traits',
      roles: ['provider', 'advertiser', 'analyst'],
      query: pageQuery,
      response: pageSchema(traitView),
      status: 200,
      problems: [404],
      handle: async ({ caller, params, query }) => {
        const provider = await providerOf(caller, params.id, catalog.resources);
        const page = pageOf(query);
        const found = await catalog.resources.trait.list({
          ...page,
          limit: page.limit + 1,
          ownerId: provider,
        });
        return { status: 200, body: pageReply(found, page.limit, view) };
      },
    },
    {
      kind: 'read',
      method: 'get',
      path: one,
      tag,
      summary: 'Read a trait',
      roles: ['provider', 'advertiser', 'analyst'],
      response: traitView,
      status: 200,
      problems: [404],
      handle: async ({ caller, params }) => reply(await traitOf(caller, params, catalog.resources)),
    },
    {
      kind: 'change',
      method: 'put',
      path: one,
      tag,
      summary: 'Replace a trait',
      roles: ['provider'],
      body: z.looseObject({}),
      documentedBody: trait.partial({ code: true }),
      response: traitView,
      status: 200,
      problems: [404, 412, 422, 428],
      handle: async ({ caller, params, headers, body }, change) => {
        const previous = await traitOf(caller, params, change.resources);
        checkIfMatch(headers, previous.version, { required: true });
        const { code } = previous.definition;
        // The code is its id: it may be left out, and cannot change.
        const fields = validate(trait, { code, ...withoutReadOnly(body, previous.id, []) });
        const placed = { trait: fields, prefix: '' };
        refuseOtherCode(fields, code);
        const [accepted] = await acceptTraits(previous.ownerId ?? '', [placed], change.resources);
        const stored = accepted && (await change.resources.trait.replace(previous.id, accepted));
        if (stored === undefined) throw notFound(`trait ${code}`);
        return reply(stored);
      },
    },
    {
      kind: 'change',
      method: 'delete',
      path: one,
      tag,
      summary: 'Archive a trait; 409 while a rule or another trait uses it',
      roles: ['provider'],
      status: 204,
      problems: [404, 409, 412],
      handle: async ({ caller, params, headers }, change) => {
        const stored = await traitOf(caller, params, change.resources);
        checkIfMatch(headers, stored.version, { required: false });
        await refuseWhileUsed(change, { caller, kind: 'trait', id: stored.id, noun: 'trait' });
        await change.resources.trait.archive(stored.id);
        return { status: 204 };
      },
    },
  ];
}

async function providerOf(
  caller: Caller,
  id: string | undefined,
  resources: ResourceReaders,
): Promise<string> {
  const tenant = tenantOf(caller, 'provider');
  const provider = await resources.provider.get(id ?? '');
  if (provider === undefined || (tenant !== undefined && tenant !== provider.id)) {
    throw notFound(`provider ${id}`);
  }
  return provider.id;
}

async function traitOf(
  caller: Caller,
  params: Readonly<Record<string, string>>,
  resources: ResourceReaders,
): Promise<Stored<TraitDefinition>> {
  const provider = await providerOf(caller, params.id, resources);
  const stored = await resources.trait.get(traitId(provider, params.code ?? ''));
  if (stored === undefined) throw notFound(`trait ${params.code}`);
  return stored;
}

/** One trait, `{items: […]}` or a bare list. */
function placedTraits(body: unknown): { traits: PlacedTrait[]; single: boolean } {
  if (Array.isArray(body)) return { traits: placed(validate(manyTraits, body), ''), single: false };
  if (typeof body === 'object' && body !== null && 'items' in body) {
    return { traits: placed(validate(listed, body).items, 'items'), single: false };
  }
  return { traits: [{ trait: validate(trait, body), prefix: '' }], single: true };
}

function placed(traits: readonly TraitBody[], list: string): PlacedTrait[] {
  return traits.map((item, index) => ({ trait: item, prefix: `${list}[${index}].` }));
}

function refuseOtherCode(fields: TraitBody, code: string): void {
  if (fields.code === code) return;
  throw invalid([{ path: 'code', code: 'immutable', message: 'cannot change' }]);
}

function view(stored: Stored<TraitDefinition>): Record<string, unknown> {
  return {
    ...stored.definition,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

function reply(stored: Stored<TraitDefinition>): Reply {
  return { status: 200, body: view(stored), headers: { etag: etagOf(stored.version) } };
}
