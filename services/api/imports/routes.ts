import { z } from 'zod';
import type { Lake } from '../../shared/stores/lake/lake';
import { tenantOf } from '../auth/callers';
import { notFound } from '../http/api-problem';
import type { Route } from '../http/route';

const importView = z.object({
  id: z.string(),
  provider: z.string(),
  stored: z.int().describe('Rows in the lake, repeats of earlier records not among them.'),
  people: z.int().describe('Identities that they are about.'),
  traits: z.array(z.object({ trait: z.string(), rows: z.int() })).describe('The largest hundred.'),
  firstReceivedAt: z.iso.datetime(),
  lastReceivedAt: z.iso.datetime(),
});

interface ImportRow {
  provider: string;
  stored: number;
  people: number;
  first: number;
  last: number;
}

/** What became of an upload. It is known once the first of its records is in the lake, about a second after. */
export function importRoutes(lake: Lake): Route[] {
  return [
    {
      kind: 'read',
      method: 'get',
      path: '/v1/imports/{id}',
      tag: 'Providers',
      summary: 'What of an import is in the lake',
      roles: ['provider'],
      response: importView,
      status: 200,
      problems: [404],
      handle: async ({ caller, params }) => {
        const id = params.id ?? '';
        const [row] = await lake.query<ImportRow>(
          `SELECT provider, toFloat64(count()) AS stored, toFloat64(uniqExact(iid)) AS people,
             toFloat64(toUnixTimestamp64Milli(min(received_at))) AS first,
             toFloat64(toUnixTimestamp64Milli(max(received_at))) AS last
           FROM trait_rows WHERE import_id = {id:String} GROUP BY provider LIMIT 1`,
          { params: { id } },
        );
        const tenant = tenantOf(caller, 'provider');
        if (row === undefined || (tenant !== undefined && tenant !== row.provider)) {
          throw notFound(`import ${id} in the lake`);
        }
        const traits = await lake.query<{ trait: string; rows: number }>(
          `SELECT trait, toFloat64(count()) AS rows FROM trait_rows WHERE import_id = {id:String}
           GROUP BY trait ORDER BY rows DESC, trait LIMIT 100`,
          { params: { id } },
        );
        return {
          status: 200,
          body: {
            id,
            provider: row.provider,
            stored: row.stored,
            people: row.people,
            traits,
            firstReceivedAt: new Date(row.first).toISOString(),
            lastReceivedAt: new Date(row.last).toISOString(),
          },
        };
      },
    },
  ];
}
