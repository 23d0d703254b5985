import { eventually } from '../../shared/testing/eventually';
import { RunningPlatform } from './running-platform';

/** Of these, the share that takes the supervisor, and all with it. */
const ALL_EVERY = 10;
const SENDERS = 4;
const BATCH = 25;

export interface Disturbed {
  /** What the platform goes through: `after kill -9 of …`. */
  title: string;
  /** Goes on until it resolves; events are sent all the while. */
  disturb: (platform: RunningPlatform) => Promise<void>;
  /** Addresses of engines; none: the embedded ones. */
  environment?: () => Record<string, string>;
  timeoutMs: number;
}

/**
 * An accepted event is in the lake exactly once whatever happens meanwhile, numbers are unique, and the audience is what
 * its rule says. The ledger of what was acknowledged is the judge.
 */
export function exactlyOnce({ title, disturb, environment = () => ({}), timeoutMs }: Disturbed): void {
  let platform: RunningPlatform;
  let publisherKey: string;

  beforeAll(async () => {
    platform = await RunningPlatform.start(environment());
    await platform.call('POST', '/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
    ({ key: publisherKey } = await platform.call<{ key: string }>('POST', '/v1/keys', {
      role: 'publisher:daily',
    }));
  });

  afterAll(async () => {
    await platform.stop();
    await platform.dispose();
  });

  test(
    `an accepted event is in ClickHouse exactly once ${title}`,
    async () => {
      const { id: audience } = await platform.call<{ id: string }>('POST', '/v1/audiences', {
        name: 'buyers of three',
        rule: { event: 'purchase', count: { gte: 3 }, within: '1d' },
      });
      const acknowledged = new Set<string>();
      let offered = 0;
      let stop = false;

      const send = async (sender: number): Promise<void> => {
        for (let n = 0; !stop; n++) {
          const events = Array.from({ length: BATCH }, (_, i) => ({
            id: `${sender}-${n}-${i}`,
            // People that several senders see, some for the first time, and pairs of ids that link them.
            identities: [
              `customer:shop:c${(n * 7 + i * 13 + sender) % 900}`,
              `email:${hex64((n * 5 + i) % 1_500)}`,
            ].slice(0, 1 + (i % 5 === 0 ? 1 : 0)),
            type: 'purchase',
            value: 1,
          }));
          // Until it is acknowledged, and now and then once more: the same ids must count once.
          for (let again = n % 4 === 0 ? 2 : 1; again > 0 && !stop;) {
            offered += events.length;
            if (await accepted(platform, publisherKey, events)) {
              again -= 1;
              for (const { id } of events) acknowledged.add(id);
            } else await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      };
      const senders = Array.from({ length: SENDERS }, (_, sender) => send(sender));

      await disturb(platform);
      stop = true;
      await Promise.all(senders);
      await platform.ready();

      // A number of rows says nothing here: a request that was cut off may have been stored without an answer.
      const rows = await eventually(async () => {
        const stored = await platform.sql<{ event_id: string; times: number }>(
          'SELECT event_id, toFloat64(count()) AS times FROM events GROUP BY event_id',
        );
        const ids = new Set(stored.map((row) => row.event_id));
        expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
        return stored;
      });
      expect(rows.filter((row) => row.times !== 1)).toEqual([]);

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
      expect(ledger).toMatchObject({ stored: rows.length, other: 0 });
      expect(ledger?.handled).toBe((ledger?.stored ?? 0) + (ledger?.duplicates ?? 0));

      // What is published agrees with what the rule says of the lake as it is now.
      const size = await eventually(async () => {
        const state = await platform.call<{ status: string; size: number; rule: unknown }>(
          'GET',
          `/v1/audiences/${audience}`,
        );
        const { size: estimate } = await platform.call<{ size: number }>('POST', '/v1/audiences/estimate', {
          rule: state.rule,
        });
        const [listed] = await platform.sql<{ members: number }>(
          `SELECT toFloat64(count()) AS members FROM audience_members WHERE audience_id = '${audience}'`,
        );
        expect({ status: state.status, size: state.size, ...listed }).toEqual({
          status: 'ready',
          size: estimate,
          members: estimate,
        });
        return estimate;
      });
      expect(size).toBeGreaterThan(0);
      process.stdout.write(
        `${title}: ${offered} offered, ${acknowledged.size} distinct acknowledged, ${rows.length} stored, ` +
          `${ledger?.duplicates} duplicates, audience of ${size}\n`,
      );
    },
    timeoutMs,
  );
}

/** kill -9 of processes at random, now and then of all of them. */
export function killingProcesses(kills: number): (platform: RunningPlatform) => Promise<void> {
  return async (platform) => {
    for (let kill = 1; kill <= kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 1_200));
      if (kill % ALL_EVERY === 0) {
        await platform.killAll();
        platform.spawn();
        await platform.ready();
        continue;
      }
      const children = platform.children();
      const victim = children[Math.floor(Math.random() * children.length)];
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
    }
  };
}

async function accepted(
  platform: RunningPlatform,
  publisherKey: string,
  events: unknown[],
): Promise<boolean> {
  try {
    const answer = await fetch(`${platform.collector}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${publisherKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (answer.status !== 202) {
      // Not ready yet after a restart is an answer; anything else is a fault of the test.
      if (answer.status === 503) return false;
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

class Unexpected extends Error {}

function hex64(n: number): string {
  return n.toString(16).padStart(8, '0').repeat(8).replace(/^0/, 'a');
}
