import { z } from 'zod';
import { importAsOf, importDocumentName, type ImportDocument } from '../../shared/domain/import';
import { REJECT_REASONS } from '../../shared/domain/reasons';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { tenantOf } from '../auth/callers';
import { notFound } from '../http/api-problem';
import type { Route } from '../http/route';

const importView = z.object({
  id: z.string(),
  provider: z.string(),
  upload: z
    .object({
      status: z.enum(['running', 'done', 'failed']),
      startedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime().optional(),
      accepted: z.int().describe('Records that are durable.'),
      rejected: z.int(),
      problem: z.string().optional().describe('Why it failed; `interrupted`: its collector is gone.'),
      errors: z
        .array(z.object({ line: z.int(), code: z.enum(REJECT_REASONS), message: z.string() }))
        .describe('The first thousand rejected lines.'),
    })
    .nullable()
    .describe('What the collector told; null when that is not known any more.'),
  stored: z.int().describe('Rows in the lake, repeats of earlier records not among them.'),
  people: z.int().describe('Identities that they are about.'),
  traits: z.array(z.object({ trait: z.string(), rows: z.int() })).describe('The largest hundred.'),
  firstReceivedAt: z.iso.datetime().optional(),
  lastReceivedAt: z.iso.datetime().optional(),
});

interface ImportRow {
  provider: string;
  stored: number;
  people: number;
  first: number;
  last: number;
}

/** What became of an upload: at the collector, and, about a second after, in the lake. */
export function importRoutes({
  lake,
  lookups,
  now,
}: {
  lake: Lake;
  lookups: Pick<Lookups, 'documents'>;
  now: () => number;
}): Route[] {
  return [
    {
      kind: 'read',
      method: 'get',
      path: '/v1/imports/{id}',
      tag: 'Providers',
      summary: 'What became of an import',
      roles: ['provider'],
      response: importView,
      status: 200,
      problems: [404],
      handle: async ({ caller, params }) => {
        const id = params.id ?? '';
        const stored = await lookups.documents.get(importDocumentName(id));
        const latest = stored && (JSON.parse(stored.body.toString('utf8')) as ImportDocument);
        // Another's, once it was overwritten.
        const upload = latest?.id === id ? latest : undefined;
        const row = await rowsOf(lake, id);
        const provider = upload?.provider ?? row?.provider;
        const tenant = tenantOf(caller, 'provider');
        if (provider === undefined || (tenant !== undefined && tenant !== provider)) {
          throw notFound(`import ${id}`);
        }
        return {
          status: 200,
          body: {
            id,
            provider,
            upload: upload ? uploadView(importAsOf(upload, now())) : null,
            stored: row?.stored ?? 0,
            people: row?.people ?? 0,
            traits: row ? await traitsOf(lake, id) : [],
            firstReceivedAt: row && new Date(row.first).toISOString(),
            lastReceivedAt: row && new Date(row.last).toISOString(),
          },
        };
      },
    },
  ];
}

function uploadView({ status, startedAt, finishedAt, accepted, rejected, problem, errors }: ImportDocument) {
  return {
    status,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt).toISOString(),
    accepted,
    rejected,
    problem,
    errors,
  };
}

async function rowsOf(lake: Lake, id: string): Promise<ImportRow | undefined> {
  const [row] = await lake.query<ImportRow>(
    `SELECT provider, toFloat64(count()) AS stored, toFloat64(uniqExact(iid)) AS people,
       toFloat64(toUnixTimestamp64Milli(min(received_at))) AS first,
       toFloat64(toUnixTimestamp64Milli(max(received_at))) AS last
     FROM trait_rows WHERE import_id = {id:String} GROUP BY provider LIMIT 1`,
    { params: { id } },
  );
  return row;
}

function traitsOf(lake: Lake, id: string): Promise<{ trait: string; rows: number }[]> {
  return lake.query<{ trait: string; rows: number }>(
    `SELECT trait, toFloat64(count()) AS rows FROM trait_rows WHERE import_id = {id:String}
     GROUP BY trait ORDER BY rows DESC, trait LIMIT 100`,
    { params: { id } },
  );
}
