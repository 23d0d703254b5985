import { z } from 'zod';
import { parseTimestamp } from '../../shared/domain/time';
import {
  catalogId,
  country,
  currency,
  siteOrApp,
  integerList,
  money,
  nameText,
  shortText,
  textList,
  timestamp,
  unsupported,
} from '../crud/fields';

const SITES_MAX = 5_000;

const ids = textList(catalogId);

const flight = z
  .strictObject({
    start: timestamp.optional().describe('May be in the past.'),
    end: timestamp.optional().describe('From this moment on it does not bid.'),
  })
  .refine(
    ({ start, end }) => {
      const from = start === undefined ? null : parseTimestamp(start);
      const to = end === undefined ? null : parseTimestamp(end);
      return from === null || to === null || from < to;
    },
    { message: 'must be after start', path: ['end'] },
  );

/** Fields of a line item. A part that is left out means any, none or no limit. */
export const lineItem = z.object({
  advertiserId: catalogId.optional().describe('Needed but for a key of the advertiser itself.'),
  name: nameText,
  status: z.enum(['active', 'paused']).default('active'),
  bidCpm: money.describe('Price of a thousand impressions, decimal text.'),
  currency: currency.describe('Of price and budget, ISO 4217.'),
  audiences: z
    .strictObject({ anyOf: ids, allOf: ids, noneOf: ids })
    .prefault({})
    .describe('Ids of audiences of the house or of the same advertiser.'),
  geo: z
    .strictObject({ countries: textList(country), regions: textList(shortText), cities: textList(shortText) })
    .prefault({})
    .describe('Matched against OpenRTB `device.geo`, else `user.geo`.'),
  devices: z
    .strictObject({
      types: integerList(z.int().min(1).max(8)).describe('OpenRTB `device.devicetype`.'),
      os: textList(shortText).describe('OpenRTB `device.os`, any case.'),
    })
    .prefault({}),
  sites: z
    .strictObject({ include: textList(siteOrApp, SITES_MAX), exclude: textList(siteOrApp, SITES_MAX) })
    .prefault({})
    .describe("Sites' domains, which stand for those below them too, and apps' bundles."),
  deals: textList(shortText).describe('Ids of deals; empty: any or none.'),
  exchanges: ids,
  flight: flight.prefault({}),
  budget: z
    .strictObject({
      daily: money.optional().describe('Of a UTC day.'),
      total: money.optional(),
    })
    .prefault({}),
  pacing: z
    .enum(['even', 'asap'])
    .refine((pacing) => pacing === 'asap', {
      message: 'even pacing is not supported yet',
      params: { code: 'unsupported' },
    })
    .default('asap')
    .describe('`even` is not supported yet: 422 `unsupported`.'),
  frequencyCap: unsupported('a frequency cap'),
  creatives: ids.describe('Ids of creatives of the same advertiser.'),
});

export type LineItemBody = z.output<typeof lineItem>;
