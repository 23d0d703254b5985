import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Topic } from '../shared/domain/records';
import { STATES_PEOPLE_MAX } from '../shared/domain/rule/states-sql';
import { DOCUMENTS, type RulesSnapshot } from '../shared/domain/snapshot';
import { DocumentWatcher } from '../shared/runtime/document-watcher';
import { lagGauge } from '../shared/runtime/lag-gauge';
import type { Service } from '../shared/runtime/service';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import { deadLetter, type Fault } from '../shared/stores/log/dead-letters';
import type { Log, LogBatch, LogConsumer } from '../shared/stores/log/log';
import { readablePart } from '../shared/stores/log/readable-part';
import type { Lookups } from '../shared/stores/lookups/lookups';
import type { LookupsFeed } from '../shared/stores/lookups/replication';
import { AudienceStates, type AudienceState } from './audience-states';
import { BuildQueue } from './build-queue';
import { decodeChanges } from './decode-changes';
import { evaluatePeople } from './evaluate-people';
import type { PersonVerdict } from './membership-diff';
import { builderMetrics } from './metrics';
import { chunkPeople, peopleBehind } from './people';
import { Publisher } from './publisher';
import { RuleSet, type ActiveAudience } from './rule-set';
import { SerialTurns } from './serial-turns';
import { sequence } from './sequence';
import { Windows } from './windows';

export interface BuilderOptions {
  log: Log;
  lookups: Lookups;
  /** Given where `lookups` are published to bidders' replicas. */
  feed?: LookupsFeed;
  lake: Lake;
  catalog: Catalog;
  registry: Registry;
  logger: Logger;
  now?: () => number;
  /** How often windows that ran out are looked for. */
  tickMs?: number;
  /** How long a small batch of changes may fill. */
  lingerMs?: number;
  /** How often every audience is compared with a full build, as a safeguard. */
  reconcileMs?: number;
}

const GROUP = 'builder';
const TOPICS: Topic[] = ['changes'];

/** Identity numbers in one evaluation; bounds the text of its queries. */
const MAX_IIDS = Math.floor(STATES_PEOPLE_MAX / 2);

export async function startBuilder(options: BuilderOptions): Promise<Service> {
  const builder = new Builder(options);
  await builder.start();
  return builder;
}

/**
 * LAKE → LOOKUPS: keeps every audience's members true to its rule. Three causes, one path: someone did something
 * (topic `changes`), time passed (windows), a rule changed (full build). Each names people; the people named are
 * evaluated, in a turn of their own, by the same compiled rules, and only the difference is published.
 */
class Builder implements Service {
  private readonly turns = new SerialTurns();
  private readonly now: () => number;
  private readonly states: AudienceStates;
  private readonly builds: BuildQueue;
  private readonly windows: Windows;
  private readonly metrics: ReturnType<typeof builderMetrics>;
  private readonly watcher: DocumentWatcher<RulesSnapshot>;
  private readonly publisher: Publisher;
  private rules = RuleSet.empty();
  private adopted = -1;
  private pending: { rules: RulesSnapshot; revision: number } | undefined;
  private known: Map<number, AudienceState> = new Map();
  private consumer: LogConsumer | undefined;
  private following: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closing = false;
  private lastFlush = 0;

  constructor(private readonly options: BuilderOptions) {
    const { lookups, feed, lake, catalog, registry, logger } = options;
    this.now = options.now ?? Date.now;
    this.metrics = builderMetrics(registry, () => this.states.all());
    const nextSeq = sequence((size) => catalog.nextBlock('membership_seq', size));
    this.states = new AudienceStates({
      lookups,
      lake,
      catalog,
      nextSeq,
      providersOf: (number) => this.rules.byNumber.get(number)?.providers ?? [],
    });
    this.publisher = new Publisher({ lookups, feed, lake, kv: catalog.kv, nextSeq });
    this.windows = new Windows({ lake, kv: catalog.kv, now: this.now });
    this.builds = new BuildQueue({
      lake,
      logger,
      now: this.now,
      isActive: (number) => this.rules.byNumber.has(number),
      reevaluate: (uids, audience) => this.turns.run(() => this.evaluateUids(uids, audience)),
      finished: (audience) => this.turns.run(() => this.built(audience)),
      failed: (audience, error) => this.turns.run(() => this.failed(audience, error)),
      duration: this.metrics.buildSeconds,
    });
    this.watcher = new DocumentWatcher<RulesSnapshot>({
      documents: lookups.documents,
      name: DOCUMENTS.rules,
      parse: (body) => JSON.parse(body.toString('utf8')) as RulesSnapshot,
      onChange: (rules, revision) => {
        this.pending = { rules, revision };
        void this.takeUpRules();
      },
      logger,
    });
  }

  async start(): Promise<void> {
    await this.windows.load();
    await this.publisher.load();
    await this.publisher.bringInStep();
    for (const state of await this.options.catalog.audienceStates.list()) this.known.set(state.number, state);
    await this.watcher.start();
    await this.takeUpRules();
    await this.follow();
    lagGauge({
      registry: this.options.registry,
      log: this.options.log,
      group: GROUP,
      topics: TOPICS,
      name: 'muster_builder_lag_records',
    });
    this.schedule();
  }

  missing(): string[] {
    return this.adopted < 0 ? ['audience rules'] : [];
  }

  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.timer);
    this.watcher.close();
    await this.builds.close();
    await this.following;
    await this.consumer?.close();
    await this.turns.run(async () => {
      await this.windows.save();
      await this.publisher.save(this.now(), true);
      await this.states.flush(true, this.now());
    });
  }

  private schedule(): void {
    if (this.closing) return;
    this.timer = setTimeout(() => {
      void this.inTurn(() => this.tick(), 'looking for windows that ran out failed').then(() => {
        this.schedule();
        this.following = this.following
          .then(() => this.follow())
          .catch((error: unknown) =>
            this.options.logger.error({ err: error }, 'news cannot be followed, trying again'),
          );
      });
    }, this.options.tickMs ?? 1_000);
  }

  /** Takes news from now on, unless it does already; not before the rules are known, by which nobody would be a member. */
  private async follow(): Promise<void> {
    if (this.adopted < 0 || this.consumer !== undefined || this.closing) return;
    this.consumer = await this.options.log.consume({
      group: GROUP,
      topics: TOPICS,
      maxRecords: 20,
      maxBytes: 8 << 20,
      lingerMs: this.options.lingerMs ?? 100,
      onBatch: async (batch, context) => {
        const readable = readablePart(batch);
        await this.changed(readable, () => context.heartbeat());
        return readable.to;
      },
    });
  }

  /** Work that nobody waits for; what fails is done again with the next tick. */
  private async inTurn(work: () => Promise<void>, failure: string): Promise<void> {
    try {
      await this.turns.run(work);
    } catch (error) {
      this.options.logger.error({ err: error }, failure);
    }
  }

  private takeUpRules(): Promise<void> {
    return this.inTurn(() => this.adoptPending(), 'new audience rules could not be taken up, trying again');
  }

  private async adoptPending(): Promise<void> {
    const { pending } = this;
    if (!pending) return;
    await this.adopt(pending.rules, pending.revision);
    if (this.pending === pending) this.pending = undefined;
  }

  /** Rules as people last wrote them. */
  private async adopt(rules: RulesSnapshot, revision: number): Promise<void> {
    const before = this.rules;
    this.rules = RuleSet.compile(rules, this.options.lake.database);
    this.states.adopt(rules.audiences, this.known);
    for (const fault of this.rules.faults) {
      this.states.set(fault.number, { status: 'failed', error: fault.message });
    }
    if (this.adopted < 0) await this.countMembers();
    this.adopted = revision;
    for (const audience of this.rules.byNumber.values()) {
      const previous = before.byNumber.get(audience.number);
      // The rule of an audience that this one names may have changed under the same number.
      const differs = previous !== undefined && previous.key !== audience.key;
      const ready = this.states.get(audience.number)?.status === 'ready';
      if (!ready || differs) {
        this.states.set(audience.number, { status: 'building', error: undefined });
        this.builds.add(audience, true);
      }
    }
    this.builds.retire();
    await this.states.flush(true, this.now());
  }

  /** Sizes as the lake has them. */
  private async countMembers(number?: number): Promise<void> {
    const only = number === undefined ? '' : `WHERE audience = ${number} `;
    const counts = await this.options.lake.query<{ audience: number; size: string }>(
      `SELECT audience, count() AS size FROM membership_rows FINAL ${only}GROUP BY audience`,
    );
    const sizes = new Map(counts.map(({ audience, size }) => [audience, Number(size)]));
    // An audience without members has no row to be counted, and may have had a size before.
    for (const each of number === undefined ? this.rules.numbers : [number]) {
      this.states.set(each, { size: sizes.get(each) ?? 0 });
    }
  }

  private async built(audience: ActiveAudience): Promise<void> {
    if (!this.isInForce(audience)) return;
    await this.countMembers(audience.number);
    this.states.set(audience.number, { status: 'ready', error: undefined });
    await this.states.flush(true, this.now());
  }

  /** False when a newer build with another rule is to come. */
  private isInForce({ number, key }: ActiveAudience): boolean {
    return this.rules.byNumber.get(number)?.key === key;
  }

  private async failed(audience: ActiveAudience, error: Error): Promise<void> {
    if (!this.isInForce(audience)) return;
    this.states.set(audience.number, { status: 'failed', error: error.message });
    await this.states.flush(true, this.now());
  }

  /** Someone did something. */
  private async changed(batch: LogBatch, heartbeat: () => Promise<void>): Promise<void> {
    const { changes, faults } = decodeChanges(batch.entries);
    await this.bury(batch, faults);
    const receivedAt = Math.max(0, ...changes.map((change) => change.receivedAt));
    await this.turns.run(async () => {
      const touched = changes.flatMap((change) => change.iids);
      await this.touch(touched, this.rules.affectedBy(changes), { heartbeat, receivedAt });
      this.states.received(receivedAt);
      await this.flushNowAndThen();
    });
    for (const change of changes)
      this.metrics.freshnessSeconds.observe((this.now() - change.receivedAt) / 1000);
  }

  private async bury({ topic, partition }: LogBatch, faults: readonly Fault[]): Promise<void> {
    const [first] = faults;
    if (first === undefined) return;
    const at = this.now();
    const letters = faults.map((fault) => deadLetter(topic, partition, fault, at));
    await this.options.log.append('dead-letters', letters);
    const { reason, detail } = first;
    this.options.logger.warn({ topic, count: faults.length, reason, detail }, 'records could not be used');
  }

  /** Time passed. */
  private async tick(): Promise<void> {
    await this.adoptPending();
    if (this.adopted < 0) return;
    const moved = await this.windows.ranOut(this.rules);
    await this.touch(moved.iids, moved.audiences);
    await this.windows.passed(moved.left);
    this.states.evaluated(moved.left.low);
    await this.publisher.save(moved.left.low, false);
    await this.flushNowAndThen();
    this.builds.reconcile(this.rules, this.options.reconcileMs ?? 3_600_000);
  }

  /** A full build nominated these persons. */
  private async evaluateUids(uids: readonly number[], audience?: ActiveAudience): Promise<void> {
    // By the rule in force now: it may be another than when the build began, under the same number.
    const current = audience && this.rules.byNumber.get(audience.number);
    await this.touch(uids, current ? [current] : [], { restate: current?.number });
    await this.flushNowAndThen();
  }

  /** Whatever the cause: these people are evaluated, and only what differs is published. Runs as a turn. */
  private async touch(
    iids: readonly number[],
    audiences: readonly ActiveAudience[],
    {
      heartbeat,
      restate,
      receivedAt,
    }: { heartbeat?: () => Promise<void>; restate?: number; receivedAt?: number } = {},
  ): Promise<void> {
    const { people, dissolved } = await peopleBehind(this.options.lookups, iids);
    for (const chunk of chunkPeople(people, MAX_IIDS)) {
      const at = this.now();
      await this.windows.evaluating(at, receivedAt);
      const verdicts = await evaluatePeople(this.options.lake, this.rules, chunk, audiences, at);
      await this.publish(verdicts, at, restate);
      await heartbeat?.();
    }
    if (dissolved.length > 0) await this.remove(dissolved);
  }

  /** Persons that are no more hold nothing. */
  private async remove(uids: readonly number[]): Promise<void> {
    const untilS = new Map([...this.rules.byNumber.keys()].map((number) => [number, 0]));
    await this.publish(
      uids.map((uid) => ({ uid, consent: 0, untilS })),
      this.now(),
    );
  }

  private async publish(verdicts: readonly PersonVerdict[], at: number, restate?: number): Promise<void> {
    const published = await this.publisher.publish(verdicts, this.rules.numbers, at, restate);
    this.states.published(published, at);
    this.metrics.evaluatedPeople.inc(verdicts.length);
    this.metrics.publishedRecords.inc(published.records);
  }

  /** At most twice a second: sizes move with every batch, and nobody reads them faster. */
  private async flushNowAndThen(): Promise<void> {
    const now = this.now();
    // Also right after a clock was set back.
    if (Math.abs(now - this.lastFlush) < 500) return;
    this.lastFlush = now;
    await this.states.flush(false, now);
  }
}
