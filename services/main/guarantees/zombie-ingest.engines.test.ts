import { FaultProxy } from '../../shared/testing/fault-proxy';
import { eventually } from '../../shared/testing/eventually';
import { EventLoad } from '../testing/event-load';
import { report } from '../testing/exactly-once-guarantee';
import { FrontedEngines } from '../testing/fronted-engines';
import { RunningPlatform } from '../testing/running-platform';
import { pause } from '../../shared/testing/pause';

/** `--globals '{"rebalances":20}'` for a longer run. */
declare const rebalances: number | undefined;
const REBALANCES = typeof rebalances === 'number' ? rebalances : 2;
const PAUSE_MS = 60;
/** The brokers miss a process after 10 s. */
const TAKEN_OVER_WITHIN_MS = 90_000;
const TIMEOUT_MS = 300_000 + REBALANCES * 30_000;

const INSERT = /INSERT INTO `event_rows`.*insert_deduplication_token = '(event_rows:events:(\d+):\d+-(\d+))'/;

let engines: FrontedEngines;
let platform: RunningPlatform;
let load: EventLoad;
/** Stands between ClickHouse and the second ingest alone. */
let proxy: FaultProxy;
let second: RunningPlatform;

beforeAll(async () => {
  engines = await FrontedEngines.start();
  proxy = await FaultProxy.start(engines.port('CLICKHOUSE_URL'));
  platform = await RunningPlatform.start(engines.environment);
  load = await EventLoad.prepare(platform, PAUSE_MS);
  second = await startSecond();
}, TIMEOUT_MS);

afterAll(async () => {
  await second?.stop();
  await second?.dispose();
  await platform?.stop();
  await platform?.dispose();
  await proxy?.close();
  await engines?.stop();
}, TIMEOUT_MS);

function startSecond(): Promise<RunningPlatform> {
  const environment = { ...engines.environment, CLICKHOUSE_URL: `http://127.0.0.1:${proxy.port}` };
  return RunningPlatform.start(environment, 'ingest');
}

describe('an accepted event is in ClickHouse exactly once', () => {
  test(
    'although an insert arrives after another process took over from the one that sent it, and that one goes on',
    async () => {
      let goOn: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (goOn = resolve));
      let isAnswered = false;
      let held: { token: string; partition: string; to: string } | undefined;
      proxy.use(async ({ from, asked }) => {
        const [, token, partition, to] = INSERT.exec(asked) ?? [];
        if (from === 'server' && token !== undefined && token === held?.token) isAnswered = true;
        if (from === 'client' && token !== undefined && partition !== undefined && to !== undefined) {
          held ??= { token, partition, to };
          if (held.token === token) await released;
        }
        return 'pass';
      });
      await load.during(async () => {
        const { partition, to } = await eventually(() => Promise.resolve(found(held)));
        const [zombie] = second.children();
        process.kill(found(zombie), 'SIGSTOP');
        try {
          await eventually(async () => {
            const rows = await platform.sql<{ done: number }>(
              `SELECT toFloat64(count()) AS done FROM ledger
                WHERE topic = 'events' AND partition = ${partition} AND from_offset >= ${to}`,
            );
            expect(rows[0]?.done).toBeGreaterThan(0);
          }, TAKEN_OVER_WITHIN_MS);
          goOn();
          // Otherwise the insert came to nothing, and this proves nothing.
          await eventually(() => Promise.resolve(expect(isAnswered).toBe(true)));
        } finally {
          process.kill(found(zombie), 'SIGCONT');
        }
        await pause(3);
      });
      proxy.use();
      await second.ready();
      report(`an insert held back, ${held?.token}`, await load.verify());
    },
    TIMEOUT_MS,
  );

  test(
    'although partitions change hands in the middle of inserts, by processes that come, go and die',
    async () => {
      for (const one of [proxy, engines.proxy('CLICKHOUSE_URL')]) {
        one.use(async ({ from, asked }) => {
          if (from === 'server' && INSERT.test(asked)) await pause(0.5);
          return 'pass';
        });
      }
      await load.during(async () => {
        for (let n = 0; n < REBALANCES; n++) {
          if (n % 2 === 0) await second.killAll();
          else await second.stop();
          await pause(n % 2 === 0 ? 0.2 : 2);
          await second.dispose();
          second = await startSecond();
          await pause(2);
        }
      });
      for (const one of [proxy, engines.proxy('CLICKHOUSE_URL')]) one.use();
      report(`${REBALANCES} rebalances`, await load.verify());
    },
    TIMEOUT_MS,
  );
});

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not seen yet');
  return value;
}
