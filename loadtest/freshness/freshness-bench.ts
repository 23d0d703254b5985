import { startPlatform } from '../../services/main/demo/platform';
import type { Bench, Say } from '../bench';
import { configureFreshness, measureFreshnessOn } from './measure-freshness';

export interface FreshnessOptions {
  /** Events a second while it is measured. */
  perSecond: number;
  seconds: number;
  warmUpSeconds: number;
}

/** The whole platform on embedded engines, under a steady stream of events, one stretch of it a round. */
export async function openFreshnessBench(options: FreshnessOptions, say: Say): Promise<Bench> {
  const { perSecond, seconds, warmUpSeconds } = options;
  const platform = await startPlatform({ engines: false });
  try {
    await configureFreshness(platform);
    if (warmUpSeconds > 0)
      await measureFreshnessOn(platform, { perSecond, seconds: warmUpSeconds, round: 0, say });
  } catch (error) {
    await platform.stop();
    throw error;
  }
  return {
    round: async (round) => {
      const detail = await measureFreshnessOn(platform, { perSecond, seconds, round, say });
      const { p50Ms, p99Ms, optOutP50Ms, optOutMaxMs, offeredPerSecond } = detail;
      return {
        metrics: [
          { name: 'freshness p50', unit: 'ms', better: 'less', value: p50Ms },
          { name: 'freshness p99', unit: 'ms', better: 'less', value: p99Ms },
          { name: 'opt-out p50', unit: 'ms', better: 'less', value: optOutP50Ms },
          { name: 'opt-out worst', unit: 'ms', better: 'less', value: optOutMaxMs },
          { name: 'events offered', unit: '/s', better: 'more', value: offeredPerSecond },
        ],
        detail,
      };
    },
    close: () => platform.stop(),
  };
}
