import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { conflict, invalid, notFound } from '../http/api-problem';
import { checkIfMatch } from '../http/conditional';
import { pageOf, pageQuery, pageReply, pageSchema } from '../http/page';
import type { ChangeRoute, ReadRoute, Route } from '../http/route';
import { validate } from '../http/validate';
import { catalogId, resourceFields } from './fields';
import { ResourceAccess } from './resource-access';
import type { ResourceKind, ResourceSpec } from './resource-spec';
import { isEverUsed, refuseWhileUsed } from './usage';

/** Create, list, read, replace and archive of one kind of resource. */
export function resourceRoutes<Kind extends ResourceKind, Body>(
  catalog: Catalog,
  spec: ResourceSpec<Kind, Body>,
): Route[] {
  const { path, noun, article, tag, readers, writers } = spec;
  const access = new ResourceAccess(spec);
  const one = `${path}/{id}`;
  const response = z.object({ ...resourceFields.shape, ...spec.view.shape });
  const replacement = z.strictObject(spec.body.shape);

  const create: ChangeRoute = {
    kind: 'change',
    method: 'post',
    path,
    tag,
    summary: `Create ${article} ${noun}`,
    roles: writers,
    body: z.strictObject({ id: catalogId.optional(), ...spec.body.shape }),
    response,
    status: 201,
    problems: [409, 422],
    handle: async ({ caller, body: given }, change) => {
      const { id = makeId(spec.idPrefix), ...body } = given as Body & { id?: string };
      const writer = access.writer(change.resources);
      if ((await writer.takenIds([id])).length > 0) throw idTaken(id);
      const accepted = await spec.accept(body as Body, { caller, id, resources: change.resources });
      const [stored] = await writer.create([{ id, ...accepted }]);
      if (stored === undefined) throw new Error(`a created ${noun} came back without a row`);
      await spec.written?.(change, stored, undefined);
      const { body: view, headers } = await access.answer(change, stored);
      return { status: 201, body: view, headers: { ...headers, location: `${path}/${id}` } };
    },
  };

  const list: ReadRoute = {
    kind: 'read',
    method: 'get',
    path,
    tag,
    summary: `List ${noun}s`,
    roles: readers,
    query: pageQuery,
    response: pageSchema(response),
    status: 200,
    handle: async ({ caller, query }) => {
      const page = pageOf(query);
      const found = await access.list(catalog.resources, caller, { ...page, limit: page.limit + 1 });
      const extras = await access.extras(
        catalog,
        found.map((stored) => stored.id),
      );
      return { status: 200, body: pageReply(found, page.limit, (stored) => access.view(stored, extras)) };
    },
  };

  const read: ReadRoute = {
    kind: 'read',
    method: 'get',
    path: one,
    tag,
    summary: `Read ${article} ${noun}`,
    roles: readers,
    response,
    status: 200,
    problems: [404],
    handle: async ({ caller, params }) => {
      const stored = await access.get(catalog.resources, caller, params.id ?? '');
      return { status: 200, ...(await access.answer(catalog, stored)) };
    },
  };

  const replace: ChangeRoute = {
    kind: 'change',
    method: 'put',
    path: one,
    tag,
    summary: `Replace ${article} ${noun}`,
    roles: writers,
    // Checked in full only once it is clear that there is something to replace, and which fields were only sent back.
    body: z.looseObject({}),
    documentedBody: replacement,
    response,
    status: 200,
    problems: [404, 412, 422, 428],
    handle: async ({ caller, params, headers, body: given }, change) => {
      const id = params.id ?? '';
      const previous = await access.getToChange(change.resources, caller, id);
      checkIfMatch(headers, previous.version, { required: true });
      const body = validate(replacement, withoutReadOnly(given, id, spec.readOnly ?? [])) as Body;
      const accepted = await spec.accept(body, { caller, id, previous, resources: change.resources });
      if (accepted.ownerId !== previous.ownerId) {
        throw invalid([{ path: 'advertiserId', code: 'immutable', message: 'cannot change' }]);
      }
      const { definition, refs } = accepted;
      const stored = await access.writer(change.resources).replace(id, { definition, refs });
      if (stored === undefined) throw notFound(`${noun} ${id}`);
      await spec.written?.(change, stored, previous);
      return { status: 200, ...(await access.answer(change, stored)) };
    },
  };

  const archive: ChangeRoute = {
    kind: 'change',
    method: 'delete',
    path: one,
    tag,
    summary: `Archive ${article} ${noun}${isEverUsed(spec.kind) ? '; 409 while something uses it' : ''}`,
    roles: writers,
    status: 204,
    problems: [404, ...(isEverUsed(spec.kind) ? [409] : []), 412],
    handle: async ({ caller, params, headers }, change) => {
      const stored = await access.getToChange(change.resources, caller, params.id ?? '');
      checkIfMatch(headers, stored.version, { required: false });
      await refuseWhileUsed(change, { caller, kind: spec.kind, id: stored.id, noun });
      await access.writer(change.resources).archive(stored.id);
      return { status: 204 };
    },
  };

  return [create, list, read, replace, archive];
}

/** A client that sends back what it read, changed, need not strip what only we can set. */
export function withoutReadOnly(
  given: unknown,
  id: string,
  readOnly: readonly string[],
): Record<string, unknown> {
  const body = { ...(given as Record<string, unknown>) };
  if (body.id !== undefined && body.id !== id) {
    throw invalid([{ path: 'id', code: 'immutable', message: 'cannot change' }]);
  }
  for (const field of ['id', 'createdAt', 'updatedAt', ...readOnly]) delete body[field];
  return body;
}

export function idTaken(id: string) {
  return conflict('id_taken', `the id ${id} was given before`, [
    { path: 'id', code: 'taken', message: 'was given before' },
  ]);
}

export function makeId(prefix: string): string {
  return `${prefix}_${randomBytes(10).toString('hex')}`;
}
