import type { Catalog } from '../../shared/stores/catalog/catalog';
import { omit } from '../crud/omit';
import { advertiserOf } from '../crud/references';
import { resourceRoutes } from '../crud/resource-routes';
import { invalid } from '../http/api-problem';
import type { Route } from '../http/route';
import { CLICK_MACRO, creative, type CreativeBody } from './schema';

/** What is shown. */
export function creativeRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'creative', CreativeBody>(catalog, {
    kind: 'creative',
    path: '/v1/creatives',
    noun: 'creative',
    article: 'a',
    tag: 'Creatives',
    idPrefix: 'crt',
    body: creative,
    view: creative.omit({ duration: true, protocols: true }),
    readers: ['advertiser'],
    writers: ['advertiser'],
    tenancy: 'owned',
    accept: async (body, context) => {
      const fields = omit(body, 'advertiserId', 'duration', 'protocols');
      if (fields.adm.includes(CLICK_MACRO) && fields.clickUrl === undefined) {
        throw invalid([
          { path: 'clickUrl', code: 'missing_field', message: `is required: adm has ${CLICK_MACRO}` },
        ]);
      }
      const { ownerId, refs } = await advertiserOf(
        body.advertiserId ?? context.previous?.ownerId ?? undefined,
        context,
      );
      return { definition: { ...fields, type: 'banner' }, ownerId, refs };
    },
    show: ({ ownerId, definition }) => ({ advertiserId: ownerId, ...definition }),
  });
}
