import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { host, nameText, shortText, textList, webUrl } from '../crud/fields';
import { resourceRoutes } from '../crud/resource-routes';
import { invalid } from '../http/api-problem';
import type { Route } from '../http/route';

const partner = z.object({
  name: nameText,
  syncUrl: webUrl.optional().describe('Their sync URL, with `uidMacro` where our id goes.'),
  uidMacro: shortText.default('$UID').describe('How they write the place of an id in a URL.'),
  redirectHosts: textList(host).describe('Hosts that `/sync?redir=` may lead to.'),
});

/** Who exchanges ids with us by cookie sync. */
export function partnerRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'partner', z.output<typeof partner>>(catalog, {
    kind: 'partner',
    path: '/v1/partners',
    noun: 'partner',
    article: 'a',
    tag: 'Partners',
    idPrefix: 'par',
    body: partner,
    view: partner,
    readers: [],
    writers: [],
    tenancy: 'none',
    accept: async (body) => {
      if (body.syncUrl !== undefined && !body.syncUrl.includes(body.uidMacro)) {
        throw invalid([
          { path: 'syncUrl', code: 'invalid_value', message: `must have ${body.uidMacro} where our id goes` },
        ]);
      }
      return { definition: body, ownerId: null, refs: [] };
    },
    show: (stored) => ({ ...stored.definition }),
  });
}
