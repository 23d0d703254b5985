import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadTopics } from '../../shared/stores/log/topics';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { openRedisLookups } from '../../shared/stores/lookups/redis/open-redis-lookups';
import { eventually } from '../../shared/testing/eventually';
import { people } from './people-oracle';
import type { RunningPlatform } from './running-platform';

const SENDERS = 4;
const BATCH = 25;
const AT_LEAST = 3;
/** Engines that were away are found again within seconds; a partition that is stuck never moves. */
const SETTLED_WITHIN_MS = 120_000;

/** What the platform holds once it is at rest. */
export interface Verified {
  offered: number;
  acknowledged: number;
  stored: number;
  duplicates: number;
  audience: number;
}

/**
 * Events that are sent to a platform whatever happens to it, and the ledger of what it acknowledged, which judges
 * it afterwards. May be started and stopped several times; the ledger goes on.
 */
export class EventLoad {
  /** Requests answered with 503. */
  refused = 0;
  /** Records of topic `events` that others wrote and nobody can use. */
  unusable = 0;
  private readonly acknowledged = new Set<string>();
  /** Event id → whom it names. */
  private readonly sent = new Map<string, string[]>();
  private offered = 0;
  private runs = 0;
  private stopped = true;
  private senders: Promise<void>[] = [];

  private constructor(
    private readonly platform: RunningPlatform,
    private readonly publisherKey: string,
    private readonly audience: string,
    private readonly pauseMs: number,
  ) {}

  /**
   * Makes what the load needs of a catalog.
   * @param pauseMs between two requests of a sender.
   */
  static async prepare(platform: RunningPlatform, pauseMs = 0): Promise<EventLoad> {
    await platform.call('POST', '/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
    const { key } = await platform.call<{ key: string }>('POST', '/v1/keys', { role: 'publisher:daily' });
    const { id } = await platform.call<{ id: string }>('POST', '/v1/audiences', {
      name: 'buyers of three',
      rule: { event: 'purchase', count: { gte: AT_LEAST }, within: '1d' },
    });
    return new EventLoad(platform, key, id, pauseMs);
  }

  /** Distinct events acknowledged so far. */
  get count(): number {
    return this.acknowledged.size;
  }

  /** An event that comes to the log another way, and counts like those acknowledged. */
  noteForeign(id: string, identities: string[]): void {
    this.sent.set(id, identities);
    this.acknowledged.add(id);
  }

  start(): void {
    this.stopped = false;
    const run = this.runs++;
    this.senders = Array.from({ length: SENDERS }, (_, sender) => this.send(run, sender));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.senders);
  }

  /** Sends while it lasts. */
  async during(disturb: () => Promise<void>): Promise<void> {
    this.start();
    try {
      await disturb();
    } finally {
      await this.stop();
    }
  }

  private async send(run: number, sender: number): Promise<void> {
    for (let n = 0; !this.stopped; n++) {
      const events = Array.from({ length: BATCH }, (_, i) => ({
        id: `${run}-${sender}-${n}-${i}`,
        identities: someIdentities(n * 7 + i * 13 + sender),
        type: 'purchase',
        value: 1,
      }));
      for (const { id, identities } of events) this.sent.set(id, identities);
      // Until it is acknowledged, and now and then once more: the same ids must count once.
      for (let again = n % 4 === 0 ? 2 : 1; again > 0 && !this.stopped;) {
        this.offered += events.length;
        if (await this.accepted(events)) {
          again -= 1;
          for (const { id } of events) this.acknowledged.add(id);
          if (this.pauseMs > 0) await sleep(this.pauseMs);
        } else await sleep(50);
      }
    }
  }

  private async accepted(events: unknown[]): Promise<boolean> {
    try {
      const answer = await fetch(`${this.platform.collector}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.publisherKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
        signal: AbortSignal.timeout(10_000),
      });
      const text = await answer.text();
      if (answer.status !== 202) {
        // Not ready yet after a restart is an answer; anything else is a fault of the test.
        if (answer.status === 503) {
          this.refused += 1;
          return false;
        }
        throw new Unexpected(`${answer.status} ${text}`);
      }
      const report = JSON.parse(text) as { accepted: number };
      if (report.accepted !== events.length) throw new Unexpected(text);
      return true;
    } catch (error) {
      if (error instanceof Unexpected) throw error;
      return false;
    }
  }

  /** Waits until all has come through, then holds every store against the ledger. Nothing may be sent meanwhile. */
  async verify(): Promise<Verified> {
    try {
      return await this.holdAgainstLedger();
    } catch (error) {
      process.stderr.write(`${this.platform.lastWords()}\n`);
      throw error;
    }
  }

  private async holdAgainstLedger(): Promise<Verified> {
    const { platform } = this;
    await platform.ready();
    // A number of rows says nothing here: a request that was cut off may have been stored without an answer.
    const stored = await eventually(async () => {
      const rows = await platform.sql<{ event_id: string; times: number }>(
        'SELECT event_id, toFloat64(count()) AS times FROM events GROUP BY event_id',
      );
      const ids = new Set(rows.map((row) => row.event_id));
      expect([...this.acknowledged].filter((id) => !ids.has(id)).slice(0, 20)).toEqual([]);
      return rows;
    }, SETTLED_WITHIN_MS);
    await eventually(async () => expect(await this.lags()).toEqual([]), SETTLED_WITHIN_MS);

    const rows = await platform.sql<{ event_id: string; times: number }>(
      'SELECT event_id, toFloat64(count()) AS times FROM events GROUP BY event_id',
    );
    expect(rows.length).toBeGreaterThanOrEqual(stored.length);
    expect(rows.filter((row) => row.times !== 1).slice(0, 20)).toEqual([]);
    expect(rows.filter((row) => !this.sent.has(row.event_id)).slice(0, 20)).toEqual([]);
    const [numbers] = await platform.sql(
      'SELECT count() = uniqExact(identity) AS identities, count() = uniqExact(iid) AS numbers FROM identities',
    );
    expect(numbers).toEqual({ identities: 1, numbers: 1 });

    const [ledger] = await platform.sql<{
      handled: number;
      stored: number;
      duplicates: number;
      other: number;
    }>(
      `SELECT toFloat64(sum(count)) AS handled, toFloat64(sumIf(count, outcome = 'stored')) AS stored,
         toFloat64(sumIf(count, outcome = 'duplicate')) AS duplicates,
         toFloat64(sumIf(count, outcome NOT IN ('stored', 'duplicate'))) AS other
       FROM ledger WHERE topic = 'events'`,
    );
    expect(ledger).toMatchObject({ stored: rows.length, other: this.unusable });
    expect(ledger?.handled).toBe(rows.length + (ledger?.duplicates ?? 0) + this.unusable);

    const audience = await this.verifyMembers(rows.map((row) => row.event_id));
    return {
      offered: this.offered,
      acknowledged: this.acknowledged.size,
      stored: rows.length,
      duplicates: ledger?.duplicates ?? 0,
      audience,
    };
  }

  /** Persons and members, in the lake and in the lookups, are those of a naive oracle. */
  private async verifyMembers(stored: readonly string[]): Promise<number> {
    const { platform, audience } = this;
    const expected = people(stored.map((id) => this.sent.get(id) ?? []));
    const members = expected.filter(({ events }) => events >= AT_LEAST);
    const lookups = await this.openLookups();
    try {
      await eventually(async () => {
        const state = await platform.call<{ status: string; size: number; rule: unknown }>(
          'GET',
          `/v1/audiences/${audience}`,
        );
        const { size: estimate } = await platform.call<{ size: number }>('POST', '/v1/audiences/estimate', {
          rule: state.rule,
        });
        const listed = await platform.sql<{ uid: number }>(
          `SELECT toFloat64(uid) AS uid FROM audience_members WHERE audience_id = '${audience}'`,
        );
        const size = members.length;
        expect({ status: state.status, size: state.size, estimate, listed: listed.length }).toEqual({
          status: 'ready',
          size,
          estimate: size,
          listed: size,
        });
        const inLake = new Set(listed.map(({ uid }) => uid));
        const uidOf = new Map(
          (
            await platform.sql<{ identity: string; uid: number }>(
              'SELECT identity, toFloat64(uid) AS uid FROM identities',
            )
          ).map(({ identity, uid }) => [identity, uid]),
        );
        const found = await Promise.all(
          expected.map(async ({ identities, events }) => {
            const entries = await lookups.identities.resolve(identities);
            const uids = new Set([
              ...entries.map((entry) => entry?.uid),
              ...identities.map((identity) => uidOf.get(identity)),
            ]);
            const [uid = -1] = uids;
            const record = await lookups.memberships.get(uid);
            return {
              who: identities[0],
              persons: uids.size,
              isMember: events >= AT_LEAST,
              inLake: inLake.has(uid),
              inLookups: (record?.memberships.length ?? 0) > 0,
            };
          }),
        );
        const wrong = found.filter(
          ({ persons, isMember, ...held }) =>
            persons !== 1 || held.inLake !== isMember || held.inLookups !== isMember,
        );
        expect(wrong.slice(0, 20)).toEqual([]);
      }, SETTLED_WITHIN_MS);
    } finally {
      await lookups.close();
    }
    expect(members.length).toBeGreaterThan(0);
    return members.length;
  }

  /** What waits in the log, as the platform's own metrics tell. */
  private async lags(): Promise<string[]> {
    const answer = await fetch(`http://127.0.0.1:${this.platform.ports.ops}/metrics`);
    const lines = (await answer.text()).split('\n').filter((line) => /^muster_\w+_lag_records\{/.test(line));
    const topics = Object.keys(loadTopics()).filter((topic) =>
      lines.some((line) => line.includes(`"${topic}"`)),
    );
    expect(topics).toEqual(expect.arrayContaining(['events', 'links', 'changes', 'dead-letters']));
    return lines.filter((line) => !line.endsWith(' 0'));
  }

  private openLookups(): Promise<Lookups> {
    const { dataDir, engines } = this.platform;
    return engines.REDIS_URL === undefined
      ? openLmdbLookups({ dir: join(dataDir, 'lookups') })
      : openRedisLookups({ url: engines.REDIS_URL });
  }
}

class Unexpected extends Error {}

/** People that several senders see, some for the first time; now and then with an address, which three ids share. */
function someIdentities(n: number): string[] {
  const who = n % 900;
  const address = `email:${hex64(Math.floor(who / 3))}`;
  return [`customer:shop:c${who}`, ...(n % 7 === 0 ? [address] : [])];
}

function hex64(n: number): string {
  return n.toString(16).padStart(8, '0').repeat(8).replace(/^0/, 'a');
}
