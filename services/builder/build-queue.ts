import type { Logger } from 'pino';
import type { Histogram } from 'prom-client';
import type { Lake } from '../shared/stores/lake/lake';
import { fullBuild } from './full-build';
import type { ActiveAudience, RuleSet } from './rule-set';
import { uidSlices } from './uid-slices';

/** How often a failed build is tried before the audience is called failed. */
const MAX_TRIES = 5;

export interface BuildQueueOptions {
  lake: Pick<Lake, 'command' | 'dropPartition' | 'query' | 'reloadPersons'>;
  logger: Logger;
  now: () => number;
  isActive: (number: number) => boolean;
  /** Evaluates persons for an audience; without one only forgets what is no longer active. */
  reevaluate: (uids: readonly number[], audience?: ActiveAudience) => Promise<void>;
  finished: (audience: ActiveAudience) => Promise<void>;
  failed: (audience: ActiveAudience, error: Error) => Promise<void>;
  duration: Histogram;
}

interface Job {
  audience: ActiveAudience;
  /** Also evaluates who is a member already: the rule is another, or was never built. */
  everyMember: boolean;
}

/** Full builds, one at a time, beside the incremental path. An audience waits at most once. */
export class BuildQueue {
  private readonly jobs = new Map<number, Job>();
  private running: Promise<void> | undefined;
  private retiring = false;
  private closing = false;
  private lastReconcile: number;

  constructor(private readonly options: BuildQueueOptions) {
    this.lastReconcile = options.now();
  }

  add(audience: ActiveAudience, everyMember: boolean): void {
    this.jobs.set(audience.number, { audience, everyMember });
    this.start();
  }

  /** Forgets memberships of versions that are no longer active. */
  retire(): void {
    this.retiring = true;
    this.start();
  }

  /** Now and then compares every audience with its rule: nothing should be found. To be called with every tick. */
  reconcile(rules: RuleSet, everyMs: number): void {
    // Asked for while the last forgetting was under way, or that one failed.
    if (this.retiring) this.start();
    if (Math.abs(this.options.now() - this.lastReconcile) < everyMs) return;
    this.lastReconcile = this.options.now();
    for (const audience of rules.byNumber.values()) {
      if (!this.jobs.has(audience.number)) this.add(audience, false);
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.running;
  }

  private start(): void {
    if (this.running || this.closing) return;
    this.running = this.drain().finally(() => {
      this.running = undefined;
      if (this.jobs.size > 0) this.start();
    });
  }

  private async drain(): Promise<void> {
    for (;;) {
      const [job] = this.jobs.values();
      if (this.closing || !job) break;
      this.jobs.delete(job.audience.number);
      await this.build(job);
    }
    if (this.retiring && !this.closing) {
      this.retiring = false;
      await this.forgetInactive();
    }
  }

  private async build({ audience, everyMember }: Job): Promise<void> {
    const { logger, now } = this.options;
    const started = now();
    // A newer build of the same number waiting behind this one makes it pointless.
    const stillActive = (): boolean =>
      !this.closing && this.options.isActive(audience.number) && !this.jobs.has(audience.number);
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await fullBuild(audience, everyMember, {
          lake: this.options.lake,
          reevaluate: this.options.reevaluate,
          stillActive,
          now,
        });
        const log = { audience: audience.id, version: audience.version, candidates: result.candidates };
        if (!result.finished) return logger.info(log, 'full build given up for a newer rule');
        this.options.duration.observe((now() - started) / 1000);
        logger.info({ ...log, ms: now() - started }, 'full build done');
        return await this.options.finished(audience);
      } catch (error) {
        if (this.closing) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        logger.error({ err: failure, audience: audience.id, attempt }, 'full build failed');
        if (attempt >= MAX_TRIES) return this.options.failed(audience, failure);
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
      }
    }
  }

  private async forgetInactive(): Promise<void> {
    try {
      const rows = await this.options.lake.query<{ audience: number }>(
        'SELECT DISTINCT audience FROM membership_rows',
      );
      for (const { audience } of rows) {
        if (this.options.isActive(audience)) continue;
        await this.forget(audience);
      }
    } catch (error) {
      this.options.logger.warn(
        { err: error },
        'memberships of old versions are still stored; trying again later',
      );
      this.retiring = true;
    }
  }

  private async forget(audience: number): Promise<void> {
    for await (const uids of uidSlices(this.options.lake, 'membership_rows FINAL', audience)) {
      await this.options.reevaluate(uids);
      if (this.closing) return;
    }
  }
}
