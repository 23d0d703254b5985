import { LARGE_QUERY } from '../shared/domain/rule/members-sql';
import type { Lake } from '../shared/stores/lake/lake';
import type { ActiveAudience } from './rule-set';
import { uidSlices } from './uid-slices';

export interface FullBuildOptions {
  lake: Pick<Lake, 'command' | 'dropPartition' | 'query' | 'reloadPersons'>;
  /** Evaluates these persons for the audience in a turn of its own, as if they had been touched. */
  reevaluate: (uids: readonly number[], audience: ActiveAudience) => Promise<void>;
  /** False once the audience version is no longer active: the build is given up. */
  stillActive: () => boolean;
  now: () => number;
}

export interface FullBuildResult {
  finished: boolean;
  candidates: number;
}

/**
 * Builds an audience from all that is in the lake: one query of bitmaps finds the persons for whom what is
 * published may differ from what the rule says, and each of them is evaluated by the incremental path, which
 * alone writes. The query only nominates, so that a build, however long it runs, cannot revert newer news.
 */
export async function fullBuild(
  audience: ActiveAudience,
  everyMember: boolean,
  options: FullBuildOptions,
): Promise<FullBuildResult> {
  const { lake } = options;
  const { number } = audience;
  await lake.reloadPersons();
  await lake.dropPartition('build_rows', String(number));
  const candidates = audience.compiled.candidatesSql({
    at: options.now(),
    audience: number,
    stale: everyMember ? [number] : [],
    from: 0,
    limit: Number.MAX_SAFE_INTEGER,
  });
  // The settings of a query inside another do not count for its length.
  await lake.command(
    `INSERT INTO build_rows SELECT ${number} AS audience, uid FROM (${candidates}) ${LARGE_QUERY}`,
    { lane: 'build' },
  );

  let seen = 0;
  if (!options.stillActive()) return { finished: false, candidates: seen };
  for await (const uids of uidSlices(lake, 'build_rows', number)) {
    await options.reevaluate(uids, audience);
    seen += uids.length;
    if (!options.stillActive()) return { finished: false, candidates: seen };
  }
  await lake.dropPartition('build_rows', String(number));
  return { finished: true, candidates: seen };
}
