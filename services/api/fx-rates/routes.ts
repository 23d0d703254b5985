import { z } from 'zod';
import type { FxRatesDefinition } from '../../shared/stores/catalog/definitions';
import { validate } from '../http/validate';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { StoredFxRates } from '../../shared/stores/catalog/small-stores';
import { currency } from '../crud/fields';
import { omit } from '../crud/omit';
import { invalid, notFound } from '../http/api-problem';
import { checkIfMatch, etagOf } from '../http/conditional';
import type { Reply, Route } from '../http/route';

const rate = z
  .union([z.number(), z.string().regex(/^\d{1,12}(?:\.\d{1,12})?$/, 'must be a positive decimal')])
  .refine((value) => Number(value) > 0 && Number.isFinite(Number(value)), 'must be positive');

const fxRates = z.strictObject({
  base: currency,
  rates: z.record(currency, rate).describe('One unit of `base` is so many units of each currency.'),
});
const shown = z.object({
  base: currency,
  rates: z.record(currency, z.number()),
  updatedAt: z.iso.datetime(),
});

/** Exchange rates, one set for all. Replacing them needs no If-Match, but honours one. */
export function fxRateRoutes(catalog: Catalog): Route[] {
  const path = '/v1/fx-rates';
  const tag = 'FX rates';
  return [
    {
      kind: 'read',
      method: 'get',
      path,
      tag,
      summary: 'Read the rates',
      roles: ['advertiser', 'analyst'],
      response: shown,
      status: 200,
      problems: [404],
      handle: async () => {
        const stored = await catalog.fxRates.get();
        if (stored === undefined) throw notFound('fx rate yet');
        return reply(stored);
      },
    },
    {
      kind: 'change',
      method: 'put',
      path,
      tag,
      summary: 'Replace the rates',
      roles: [],
      body: z.looseObject({}),
      documentedBody: fxRates,
      response: shown,
      status: 200,
      problems: [412, 422],
      handle: async ({ body, headers }, change) => {
        const previous = await change.fxRates.get();
        if (previous !== undefined) checkIfMatch(headers, previous.version, { required: false });
        return reply(await change.putFxRates(acceptRates(body)));
      },
    },
  ];
}

function acceptRates(given: unknown): FxRatesDefinition {
  const { base, rates } = validate(fxRates, omit(given as Record<string, unknown>, 'updatedAt'));
  const numbers = Object.fromEntries(Object.entries(rates).map(([code, value]) => [code, Number(value)]));
  if (numbers[base] !== undefined && numbers[base] !== 1) {
    throw invalid([{ path: `rates.${base}`, code: 'invalid_value', message: 'is the base: its rate is 1' }]);
  }
  return { base, rates: numbers };
}

function reply({ definition, version, updatedAt }: StoredFxRates): Reply {
  return {
    status: 200,
    body: { ...definition, updatedAt: updatedAt.toISOString() },
    headers: { etag: etagOf(version) },
  };
}
