import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { domain, iabCategory, nameText, shortText, textList } from '../crud/fields';
import { resourceRoutes } from '../crud/resource-routes';
import type { Route } from '../http/route';

const advertiser = z.object({
  name: nameText,
  domain: domain.describe('Checked against `badv` of a request.'),
  categories: textList(iabCategory).describe('Checked against `bcat` of a request.'),
  bundles: textList(shortText).describe('Its apps, checked against `bapp` of a request.'),
});

/** Who buys. Only the house may change them: domain and categories decide where they are shown. */
export function advertiserRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'advertiser', z.output<typeof advertiser>>(catalog, {
    kind: 'advertiser',
    path: '/v1/advertisers',
    noun: 'advertiser',
    article: 'an',
    tag: 'Advertisers',
    idPrefix: 'adv',
    body: advertiser,
    view: advertiser,
    readers: ['advertiser'],
    writers: [],
    tenancy: 'self',
    accept: async (body) => ({ definition: body, ownerId: null, refs: [] }),
    show: (stored) => ({ ...stored.definition }),
  });
}
