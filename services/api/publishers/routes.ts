import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { domain, nameText, textList } from '../crud/fields';
import { resourceRoutes } from '../crud/resource-routes';
import type { Route } from '../http/route';

const publisher = z.object({
  name: nameText,
  domains: textList(domain),
});

/** On whose pages things happen. */
export function publisherRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'publisher', z.output<typeof publisher>>(catalog, {
    kind: 'publisher',
    path: '/v1/publishers',
    noun: 'publisher',
    article: 'a',
    tag: 'Publishers',
    idPrefix: 'pub',
    body: publisher,
    view: publisher,
    readers: ['publisher'],
    writers: [],
    tenancy: 'self',
    accept: async (body) => ({ definition: body, ownerId: null, refs: [] }),
    show: (stored) => ({ ...stored.definition }),
  });
}
