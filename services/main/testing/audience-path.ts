/** Ingest, people writer and builder on the embedded engines in one process, under a clock that can be moved. */
import { eventuallyGives } from '../../shared/testing/eventually';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { startBuilder } from '../../builder/builder';
import { startPeopleWriter } from '../../ingest/people/start-people-writer';
import { seedLookups } from '../../ingest/seed/seed-lookups';
import { startIngest } from '../../ingest/start-ingest';
import type { Topic } from '../../shared/domain/records';
import {
  DOCUMENTS,
  type AudienceRule,
  type AudiencesSnapshot,
  type RulesSnapshot,
} from '../../shared/domain/snapshot';
import type { Service } from '../../shared/runtime/service';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { openCatalog } from '../../shared/stores/catalog/open-catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import type { Log } from '../../shared/stores/log/log';
import { loadTopics } from '../../shared/stores/log/topics';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../../shared/stores/lookups/lookups';

const TICK_MS = 100;
const CLOSE_MS = 40_000;
const GROUPS: [string, Topic[]][] = [
  ['ingest', ['events', 'traits', 'syncs', 'dead-letters']],
  ['people', ['privacy', 'links']],
  ['builder', ['changes']],
];

export class AudiencePath {
  private aheadMs = 0;
  private frozen: number | undefined;
  private revision = 0;
  private readonly pending: Promise<void>[] = [];
  private services: [name: string, service: Service][] = [];

  private constructor(
    private readonly dir: string,
    readonly log: Log,
    readonly lake: Lake,
    readonly lookups: Lookups,
    readonly catalog: Catalog,
  ) {}

  static async start(): Promise<AudiencePath> {
    const dir = await mkdtemp(join(tmpdir(), 'muster-path-'));
    const path = new AudiencePath(
      dir,
      await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() }),
      await openLake({ path: join(dir, 'lake') }),
      await openLmdbLookups({ dir: join(dir, 'lookups') }),
      await openCatalog({ path: join(dir, 'catalog') }),
    );
    const { log, lake, lookups, catalog, now } = path;
    const logger = pino({ level: 'error' });
    const common = () => ({ log, lake, lookups, catalog, now, logger, registry: new Registry() });
    await seedLookups({ ...common(), excludeBuilder: async () => async () => undefined });
    path.services = [
      ['people writer', await startPeopleWriter({ ...common(), lingerMs: 5 })],
      ['ingest', await startIngest({ ...common(), lingerMs: 5 })],
      [
        'builder',
        // Without the safeguard that would put right what the incremental path got wrong.
        await startBuilder({ ...common(), lingerMs: 20, tickMs: TICK_MS, reconcileMs: Infinity }),
      ],
    ];
    return path;
  }

  readonly now = (): number => this.frozen ?? Date.now() + this.aheadMs;

  jump(byMs: number): void {
    this.aheadMs += byMs;
  }

  /** Does not wait: `settle` does. */
  append(topic: Topic, key: string, record: object): void {
    const appended = this.log.append(topic, [{ key, value: Buffer.from(JSON.stringify(record)) }]);
    // Awaited in `settle`; until then a rejection is no unhandled one.
    appended.catch(() => undefined);
    this.pending.push(appended);
  }

  async publishRules(audiences: AudienceRule[]): Promise<void> {
    const rules: RulesSnapshot = { audiences };
    await this.lookups.documents.put(DOCUMENTS.rules, ++this.revision, Buffer.from(JSON.stringify(rules)));
  }

  /** Everything appended has reached the builder. */
  async settle(): Promise<void> {
    await Promise.all(this.pending.splice(0));
    await eventuallyGives('all groups at the end of their topics', async () => {
      for (const [group, topics] of GROUPS) {
        const positions = await this.log.positions(group, topics);
        const behind = positions.filter(({ committed, end }) => committed < end);
        if (behind.length > 0) throw new Error(`${group} is behind: ${JSON.stringify(behind)}`);
      }
      return true;
    });
  }

  /** News, rules and time have all been seen to. The clock then stands still until `goOn`; answers its time. */
  async comeToRest(audiences: readonly AudienceRule[]): Promise<number> {
    await eventuallyGives('audiences to be ready', async () => {
      const document = await this.lookups.documents.get(DOCUMENTS.audiences);
      const { audiences: told } = JSON.parse(
        document?.body.toString() ?? '{"audiences":[]}',
      ) as AudiencesSnapshot;
      return audiences.every(({ number }) => told.some((each) => each.number === number && each.ready));
    });
    // The builder notes down how far it came every 5 seconds of its clock.
    await eventuallyGives(
      'time to be caught up with',
      async () => (await this.timeSeenTo()) >= this.now() - 6_000,
    );
    await this.settle();
    const at = (this.frozen = Math.ceil((this.now() + 8_000) / 1_000) * 1_000);
    await eventuallyGives('the last moment to be seen to', async () => (await this.timeSeenTo()) === at);
    await this.settle();
    await new Promise((resolve) => setTimeout(resolve, 2 * TICK_MS));
    return at;
  }

  goOn(): void {
    if (this.frozen !== undefined) this.aheadMs = this.frozen - Date.now();
    this.frozen = undefined;
  }

  /** All records of a topic, in the order of its one partition. */
  async read<T>(topic: Topic): Promise<T[]> {
    const entries = await this.log.read(topic, 0, 0, Number.MAX_SAFE_INTEGER, 1_000_000);
    return entries.map((entry) => JSON.parse(entry.value.toString()) as T);
  }

  async close(): Promise<void> {
    const stuck: string[] = [];
    for (const [name, service] of this.services.reverse()) {
      if (!(await endsWithin(CLOSE_MS, service.close()))) stuck.push(`${name} (${await this.inHand()})`);
    }
    // The engines all the same: the next test of this process needs them.
    const engines = [this.log, this.lake, this.lookups, this.catalog].map((engine) => engine.close());
    if (!(await endsWithin(CLOSE_MS, Promise.all(engines)))) stuck.push('an engine');
    await rm(this.dir, { recursive: true, force: true });
    if (stuck.length > 0) throw new Error(`did not close: ${stuck.join('; ')}`);
  }

  /** What there is to see when something hangs. */
  private async inHand(): Promise<string> {
    const running = await this.lake
      .query<{ query: string }>('SELECT elapsed, left(query, 200) AS query FROM system.processes')
      .catch((error: unknown) => String(error));
    const behind: unknown[] = [];
    for (const [group, topics] of GROUPS) behind.push(group, await this.log.positions(group, topics));
    return JSON.stringify({ running, waiting: this.lake.queueDepth, behind });
  }

  private async timeSeenTo(): Promise<number> {
    return Number((await this.catalog.kv.get('builder.windows')) ?? 0);
  }
}

/** Whether it does; a rejection is passed on. */
async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const ended = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}
