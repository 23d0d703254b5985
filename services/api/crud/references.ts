import type { ProblemError } from '../../shared/runtime/problem';
import type { ResourceReader, Stored } from '../../shared/stores/catalog/resources';
import type { ResourceReaders } from '../../shared/stores/catalog/catalog';
import { tenantOf, type Caller } from '../auth/callers';
import { invalid } from '../http/api-problem';
import { refTo } from './usage';

/** Where ids were given: `path` of one id, or of a list of them. */
export interface Mention {
  path: string;
  ids: readonly string[];
  list?: boolean;
}

/**
 * 422 for every id that leads nowhere. What does not pass `usable` counts as not there: it is somebody else's.
 * Answers what was found.
 */
export async function refuseUnknown<Definition>(
  reader: ResourceReader<Definition>,
  mentions: readonly Mention[],
  as: { code: string; noun: string; usable?: (stored: Stored<Definition>) => boolean },
): Promise<Stored<Definition>[]> {
  const found = await reader.getMany(mentions.flatMap((mention) => mention.ids));
  const usable = new Set(found.filter(as.usable ?? (() => true)).map((stored) => stored.id));
  const errors: ProblemError[] = mentions.flatMap(({ path, ids, list }) =>
    ids.flatMap((id, index) =>
      usable.has(id)
        ? []
        : [
            {
              path: list ? `${path}[${index}]` : path,
              code: as.code,
              message: `there is no ${as.noun} ${id}`,
            },
          ],
    ),
  );
  if (errors.length > 0) throw invalid(errors);
  return found;
}

/**
 * The advertiser that something is to belong to: as given, or the caller's own. 422 for one that is not there
 * or not the caller's, and for none where one is needed.
 */
export async function ownerOf(
  given: string | undefined,
  options: { caller: Caller; resources: ResourceReaders },
): Promise<{ ownerId: string | null; refs: string[] }> {
  const own = tenantOf(options.caller, 'advertiser');
  const ownerId = given ?? own ?? null;
  if (ownerId === null) return { ownerId, refs: [] };
  await refuseUnknown(options.resources.advertiser, [{ path: 'advertiserId', ids: [ownerId] }], {
    code: 'unknown_advertiser',
    noun: 'advertiser',
    usable: (stored) => own === undefined || stored.id === own,
  });
  return { ownerId, refs: [refTo('advertiser', ownerId)] };
}

/** As `ownerOf`, for what cannot belong to the house. */
export async function advertiserOf(
  given: string | undefined,
  options: { caller: Caller; resources: ResourceReaders },
): Promise<{ ownerId: string; refs: string[] }> {
  const { ownerId, refs } = await ownerOf(given, options);
  if (ownerId === null) {
    throw invalid([{ path: 'advertiserId', code: 'missing_field', message: 'is required' }]);
  }
  return { ownerId, refs };
}
