import type { Lookups } from '../shared/stores/lookups/lookups';
import { advertiserRoutes } from './advertisers/routes';
import { estimateRoute } from './audiences/estimate';
import { audienceRoutes } from './audiences/routes';
import { creativeRoutes } from './creatives/routes';
import { exchangeRoutes } from './exchanges/routes';
import { fxRateRoutes } from './fx-rates/routes';
import type { Route } from './http/route';
import { importRoutes } from './imports/routes';
import { keyRoutes } from './keys/routes';
import { lineItemRoutes } from './line-items/routes';
import { notBuiltRoutes } from './not-built/routes';
import { partnerRoutes } from './partners/routes';
import { profileRoutes, type ProfileOptions } from './profiles/routes';
import { providerRoutes } from './providers/routes';
import { publisherRoutes } from './publishers/routes';
import { traitRoutes } from './traits/routes';

/** Every route of the API, in the order of its documentation. */
export function apiRoutes(options: ProfileOptions & { lookups: Pick<Lookups, 'documents'> }): Route[] {
  const { catalog, lake, lookups, now } = options;
  return [
    ...keyRoutes(catalog),
    ...partnerRoutes(catalog),
    ...publisherRoutes(catalog),
    ...providerRoutes(catalog),
    ...traitRoutes(catalog),
    ...importRoutes({ lake, lookups, now }),
    ...audienceRoutes(catalog),
    estimateRoute(options),
    ...advertiserRoutes(catalog),
    ...lineItemRoutes(catalog),
    ...creativeRoutes(catalog),
    ...exchangeRoutes(catalog),
    ...fxRateRoutes(catalog),
    ...profileRoutes(options),
    ...notBuiltRoutes(),
  ];
}
