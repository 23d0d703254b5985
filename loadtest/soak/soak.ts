import { apiClient, DemoError, until } from '../../services/main/demo/client';
import { startPlatform, type DemoPlatform } from '../../services/main/demo/platform';
import type { Say } from '../bench';
import { configureFreshness } from '../freshness/measure-freshness';
import { Latency } from '../load/latency';
import { openLoop, type OpenLoopResult } from '../load/open-loop';
import { findings, type Finding, type Found } from './findings';
import { platformSample, type SoakSample } from './sample';
import { ID_PREFIX, SoakTraffic, type Acknowledged } from './traffic';

export interface SoakOptions {
  perSecond: number;
  seconds: number;
  people: number;
  seed: number;
  say: Say;
  /** Called after every sample. */
  keep: (samples: readonly SoakSample[]) => Promise<void>;
}

export interface SoakResult {
  samples: SoakSample[];
  traffic: OpenLoopResult;
  acknowledged: Acknowledged;
  found: Found;
  findings: Finding[];
}

const SAMPLES = 500;
const DRAIN_MS_MAX = 120_000;

/** A fresh platform on embedded engines under mixed traffic; looked at from time to time, and audited at the end. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const platform = await startPlatform({ engines: false });
  try {
    const { creative } = await configureFreshness(platform);
    // One line item for everybody, so that there are bids from the start.
    await apiClient(platform.api, platform.adminToken).post('/v1/line-items', {
      advertiserId: 'shop',
      name: 'everybody',
      status: 'active',
      bidCpm: '2.50',
      currency: 'USD',
      creatives: [creative],
    });
    return await soakPlatform(platform, options);
  } finally {
    await platform.stop();
  }
}

async function soakPlatform(platform: DemoPlatform, options: SoakOptions): Promise<SoakResult> {
  const { perSecond, seconds, people, seed } = options;
  const traffic = new SoakTraffic(platform, { people, seed });
  const watch = new Watch(platform, options);
  try {
    const load = openLoop({
      perSecond,
      seconds,
      seed,
      send: traffic.send,
      isAnswer: (outcome) => SoakTraffic.isAnswer(outcome),
      observe: (outcome, latencyMs) => watch.saw(SoakTraffic.isAnswer(outcome), latencyMs),
      spin: false,
    });
    const watching = watch.until(load);
    const result = await load;
    await watching;
    await until('the notices', () => Promise.resolve(traffic.noticesUnderWay === 0 ? true : undefined));
    const found = await drained(platform, traffic.acknowledged);
    // Once more, so that what was dropped or restarted while it was worked off is seen as well.
    await watch.sample();
    const seen = { samples: watch.samples, traffic: result, acknowledged: traffic.acknowledged, found };
    return { ...seen, findings: findings(seen) };
  } finally {
    await traffic.close();
  }
}

/** Samples at even distances, as long as the load goes on. */
class Watch {
  readonly samples: SoakSample[] = [];
  readonly #started = performance.now();
  #window = { latency: new Latency(), failed: 0 };

  constructor(
    private readonly platform: DemoPlatform,
    private readonly options: SoakOptions,
  ) {}

  saw(isAnswer: boolean, latencyMs: number): void {
    if (isAnswer) this.#window.latency.record(latencyMs);
    else this.#window.failed++;
  }

  async until(load: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = load.finally(() => (isOver = true));
    const everyMs = Math.max(1, this.options.seconds / SAMPLES) * 1_000;
    while (!isOver) {
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, everyMs))]);
      if (!isOver) await this.sample();
    }
  }

  async sample(): Promise<void> {
    const { latency, failed } = this.#window;
    this.#window = { latency: new Latency(), failed: 0 };
    const sample: SoakSample = {
      atSeconds: (performance.now() - this.#started) / 1_000,
      ...(await platformSample(this.platform.ops)),
      answered: latency.count,
      failed,
      latency: latency.summary(),
      generatorBytes: process.memoryUsage.rss(),
    };
    this.samples.push(sample);
    await this.options.keep(this.samples);
    const { lagRecords } = sample;
    const bytes = Object.values(sample.residentBytes).reduce((sum, value) => sum + value, 0);
    this.options.say(
      `soak ${sample.atSeconds.toFixed(0)} s: ${latency.count} answered, ${failed} failed, p99 ${sample.latency.p99Ms.toFixed(1)} ms, ` +
        `${(bytes / 2 ** 20).toFixed(0)} MiB, waiting ${lagRecords.ingest + lagRecords.people + lagRecords.builder}, ${sample.restarts} restarts`,
    );
  }
}

/** Waits until nothing waits and the lake has what was acknowledged; if that does not come, says what there is. */
async function drained(platform: DemoPlatform, acknowledged: Acknowledged): Promise<Found> {
  const api = apiClient(platform.api, platform.adminToken);
  let found: Found | undefined;
  const look = async (): Promise<Found> => {
    const { lagRecords } = await platformSample(platform.ops);
    const [events] = await api.sql<{ rows: string; ids: string }>(
      `SELECT count() AS rows, uniqExact(event_id) AS ids FROM events WHERE startsWith(event_id, '${ID_PREFIX}')`,
    );
    const [bids] = await api.sql<{ rows: string }>('SELECT count() AS rows FROM bids');
    return {
      events: Number(events?.rows),
      distinctEvents: Number(events?.ids),
      bids: Number(bids?.rows),
      waiting: lagRecords.ingest + lagRecords.people + lagRecords.builder,
    };
  };
  try {
    return await until(
      'what was acknowledged is in the lake',
      async () => {
        found = await look();
        const isAll = found.events === acknowledged.events && found.bids === acknowledged.bids;
        return isAll && found.waiting === 0 ? found : undefined;
      },
      DRAIN_MS_MAX,
    );
  } catch (error) {
    // Time is up: what there is becomes a finding.
    if (error instanceof DemoError && found !== undefined) return found;
    throw error;
  }
}
