import type { Catalog, ResourceReaders } from '../../shared/stores/catalog/catalog';
import { omit } from '../crud/omit';
import { advertiserOf, refuseUnknown } from '../crud/references';
import { resourceRoutes } from '../crud/resource-routes';
import { refTo } from '../crud/usage';
import type { Route } from '../http/route';
import { lineItem, type LineItemBody } from './schema';

/** What is bid for, for whom, where, until when and for how much. */
export function lineItemRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'lineItem', LineItemBody>(catalog, {
    kind: 'lineItem',
    path: '/v1/line-items',
    noun: 'line item',
    article: 'a',
    tag: 'Line items',
    idPrefix: 'li',
    body: lineItem,
    view: lineItem.omit({ frequencyCap: true }),
    readers: ['advertiser'],
    writers: ['advertiser'],
    tenancy: 'owned',
    accept: async (body, context) => {
      const fields = omit(body, 'advertiserId', 'frequencyCap');
      const { ownerId, refs } = await advertiserOf(
        body.advertiserId ?? context.previous?.ownerId ?? undefined,
        context,
      );
      await refuseUnknownReferences(fields, ownerId, context.resources);
      const { audiences, exchanges, creatives } = fields;
      return {
        definition: { ...fields, pacing: 'asap' },
        ownerId,
        refs: [
          ...refs,
          ...[...audiences.anyOf, ...audiences.allOf, ...audiences.noneOf].map((id) => refTo('audience', id)),
          ...exchanges.map((id) => refTo('exchange', id)),
          ...creatives.map((id) => refTo('creative', id)),
        ],
      };
    },
    show: ({ ownerId, definition }) => ({ advertiserId: ownerId, ...definition }),
  });
}

async function refuseUnknownReferences(
  { audiences, exchanges, creatives }: Pick<LineItemBody, 'audiences' | 'exchanges' | 'creatives'>,
  ownerId: string,
  resources: ResourceReaders,
): Promise<void> {
  const lists = ['anyOf', 'allOf', 'noneOf'] as const;
  await refuseUnknown(
    resources.audience,
    lists.map((list) => ({ path: `audiences.${list}`, ids: audiences[list], list: true })),
    {
      code: 'unknown_audience',
      noun: 'audience',
      usable: (stored) => stored.ownerId === null || stored.ownerId === ownerId,
    },
  );
  await refuseUnknown(resources.exchange, [{ path: 'exchanges', ids: exchanges, list: true }], {
    code: 'unknown_exchange',
    noun: 'exchange',
  });
  await refuseUnknown(resources.creative, [{ path: 'creatives', ids: creatives, list: true }], {
    code: 'unknown_creative',
    noun: 'creative',
    usable: (stored) => stored.ownerId === ownerId,
  });
}
