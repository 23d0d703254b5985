import { z } from 'zod';
import { isValidCIDR } from 'ipaddr.js';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { ExchangeDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import { sha256Hex } from '../../shared/domain/sha256';
import { catalogId, currency, nameText, shortText, textList } from '../crud/fields';
import { refuseUnknown } from '../crud/references';
import { resourceRoutes } from '../crud/resource-routes';
import { refTo } from '../crud/usage';
import type { Route } from '../http/route';

const shared = {
  name: nameText,
  matching: z
    .strictObject({
      partner: catalogId.optional().describe('The partner whose ids it uses for our cookies.'),
    })
    .default({}),
  currencies: textList(currency).describe('Of its requests, where they name none.'),
  maxQps: z.number().positive().max(1_000_000).optional().describe('Requests a second; more get 204.'),
  seat: shortText.optional().describe('Our seat there.'),
  billing: z
    .enum(['burl', 'nurl', 'impression'])
    .default('burl')
    .describe('What counts as spent: the billing notice, the win notice, or our own impression pixel.'),
  allowCidrs: textList(
    z
      .string()
      .overwrite((text) => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`))
      .refine(isValidCIDR, 'must be an address range, such as 192.0.2.0/24'),
    200,
  ).describe('Addresses that it may call from; empty: any.'),
};

const exchange = z.object({
  ...shared,
  key: z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/, 'must be 8 to 200 printable characters')
    .nullable()
    .optional()
    .describe('That it must give. Kept as a hash only; a replacement without it keeps it, null removes it.'),
});
const shown = z.object({ ...shared, hasKey: z.boolean() });

/** Who asks for bids. Advertisers see their names: line items may be limited to some. */
export function exchangeRoutes(catalog: Catalog): Route[] {
  return resourceRoutes<'exchange', z.output<typeof exchange>>(catalog, {
    kind: 'exchange',
    path: '/v1/exchanges',
    noun: 'exchange',
    article: 'an',
    tag: 'Exchanges',
    idPrefix: 'exc',
    body: exchange,
    view: shown,
    readOnly: ['hasKey'],
    readers: ['advertiser', 'analyst'],
    writers: [],
    tenancy: 'none',
    accept: async ({ key, ...body }, { previous, resources }) => {
      const { partner } = body.matching;
      const partners = partner === undefined ? [] : [partner];
      await refuseUnknown(resources.partner, [{ path: 'matching.partner', ids: partners }], {
        code: 'unknown_partner',
        noun: 'partner',
      });
      return {
        definition: { ...body, ...keyHash(key, previous) },
        ownerId: null,
        refs: partners.map((id) => refTo('partner', id)),
      };
    },
    show: ({ definition: { keyHash: hash, ...definition } }) => ({
      ...definition,
      hasKey: hash !== undefined,
    }),
  });
}

function keyHash(
  key: string | null | undefined,
  previous: Stored<ExchangeDefinition> | undefined,
): { keyHash?: string } {
  if (key === null) return {};
  if (key !== undefined) return { keyHash: sha256Hex(key) };
  // A client that sends back what it read does not know the key: leaving it out must not open the door.
  return previous?.definition.keyHash === undefined ? {} : { keyHash: previous.definition.keyHash };
}
