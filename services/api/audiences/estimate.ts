import { z } from 'zod';
import { compileRule } from '../../shared/domain/rule/compile';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import { tenantOf } from '../auth/callers';
import type { Route } from '../http/route';
import { acceptRule } from './accept-rule';
import { rule } from './schema';

const EXECUTION_SECONDS_MAX = 60;

const question = z.strictObject({ rule });

/** How many people a rule would have, by the compiler that builds audiences, over the lake as it is now. */
export function estimateRoute(options: { catalog: Catalog; lake: Lake; now: () => number }): Route {
  const { catalog, lake, now } = options;
  return {
    kind: 'read',
    method: 'post',
    path: '/v1/audiences/estimate',
    tag: 'Audiences',
    summary: 'Size of a rule before it is saved',
    roles: ['advertiser', 'analyst'],
    body: question,
    response: z.object({ size: z.int(), exact: z.boolean(), tookMs: z.int() }),
    status: 200,
    problems: [422],
    handle: async ({ body, caller }) => {
      const started = performance.now();
      const { expanded } = await acceptRule((body as z.output<typeof question>).rule, {
        ...{ caller, resources: catalog.resources, ownerId: tenantOf(caller, 'advertiser') },
      });
      // Links that were made a moment ago count as well.
      await lake.reloadPersons();
      const sql = compileRule(expanded, { database: lake.database }).sizeSql({ at: now() });
      const rows = await lake.query<{ size: number | string }>(sql, {
        maxExecutionSeconds: EXECUTION_SECONDS_MAX,
      });
      const size = Number(rows[0]?.size ?? 0);
      return { status: 200, body: { size, exact: true, tookMs: Math.round(performance.now() - started) } };
    },
  };
}
