import type { Logger } from '../../shared/runtime/logger';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { endAtOnce } from './end-at-once';

/**
 * `seed`: to fill LOOKUPS. `builder`: to write memberships, which whoever fills LOOKUPS holds as well.
 */
export type Right = 'seed' | 'builder';

/**
 * Resolves once this process alone has the right; the answer gives it back. A process that loses it is ended, and started
 * again by its supervisor. `ifLost`: what may be the case then.
 */
export function holdRight(
  { catalog, logger }: { catalog: Pick<Catalog, 'hold'>; logger: Logger },
  right: Right,
  ifLost: string,
): Promise<() => Promise<void>> {
  return catalog.hold(right, (error) => {
    logger.fatal({ err: error, right }, `${ifLost}, ending the process`);
    endAtOnce();
  });
}
