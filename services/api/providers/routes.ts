import { z } from 'zod';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { currency, money, nameText } from '../crud/fields';
import { resourceRoutes } from '../crud/resource-routes';
import type { Route } from '../http/route';

const provider = z.object({
  name: nameText,
  tcfVendorId: z.int().min(1).max(65_535).optional().describe("Id in the IAB's Global Vendor List."),
  rate: z
    .strictObject({ cpm: money, currency })
    .optional()
    .describe('Price of a thousand impressions that used its data.'),
});

/** Who sends third-party data. Advertisers and analysts see them: rules are made of their traits. */
export function providerRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'provider', z.output<typeof provider>>(catalog, {
    kind: 'provider',
    path: '/v1/providers',
    noun: 'provider',
    article: 'a',
    tag: 'Providers',
    idPrefix: 'prv',
    body: provider,
    view: provider,
    readers: ['provider', 'advertiser', 'analyst'],
    writers: [],
    tenancy: 'self',
    accept: async (body) => ({ definition: body, ownerId: null, refs: [] }),
    show: (stored) => ({ ...stored.definition }),
  });
}
