import { ApiProblem } from '../http/api-problem';
import type { ReadRoute, Route } from '../http/route';

/** Promised by the documentation and not there yet: 501, so that nobody takes an empty answer for a result. */
const NOT_BUILT: readonly Pick<ReadRoute, 'method' | 'path' | 'tag' | 'summary' | 'roles'>[] = [
  {
    method: 'post',
    path: '/v1/audiences/overlap',
    tag: 'Audiences',
    summary: 'Intersections of audiences',
    roles: ['advertiser', 'analyst'],
  },
  {
    method: 'get',
    path: '/v1/reports/{report}',
    tag: 'Reports',
    summary: 'Reach, delivery, spend, match rate, data usage',
    roles: ['advertiser', 'publisher', 'provider', 'analyst'],
  },
  {
    method: 'delete',
    path: '/v1/profiles/{identity}',
    tag: 'Profiles',
    summary: 'Erase a person',
    roles: [],
  },
  { method: 'get', path: '/v1/erasures/{id}', tag: 'Profiles', summary: 'How far an erasure is', roles: [] },
];

export function notBuiltRoutes(): Route[] {
  return NOT_BUILT.map((route) => ({
    ...route,
    kind: 'read',
    summary: `${route.summary} (not built yet)`,
    status: 501,
    anyQuery: true,
    handle: () => {
      throw new ApiProblem({
        status: 501,
        code: 'not_built',
        detail: `${route.method.toUpperCase()} ${route.path} is not built yet`,
      });
    },
  }));
}
