import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { eventually } from '../../shared/testing/eventually';
import { EventLoad } from '../testing/event-load';
import { report } from '../testing/exactly-once-guarantee';
import { RunningPlatform } from '../testing/running-platform';
import { pause } from '../../shared/testing/pause';

const HOUR_MS = 3_600_000;
const PAUSE_MS = 60;
const TIMEOUT_MS = 300_000;
const CLOCK = join(__dirname, '..', '..', 'shared', 'testing', 'settable-clock.cjs');

let dir: string;
let engines: LocalEngines;
let platform: RunningPlatform;
let load: EventLoad;

/** Sets the clock of the platform's processes; that of the engines stays. */
async function setClock(aheadMs: number): Promise<void> {
  // Whole or not at all: it may be read at any moment.
  await writeFile(join(dir, 'clock.new'), String(aheadMs));
  await rename(join(dir, 'clock.new'), join(dir, 'clock'));
  await pause(0.2);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-clock-'));
  engines = await startTemporaryEngines();
  await setClock(0);
  platform = await RunningPlatform.start({
    ...engines.environment,
    NODE_OPTIONS: `--require ${CLOCK}`,
    MUSTER_TEST_CLOCK: join(dir, 'clock'),
  });
  load = await EventLoad.prepare(platform, PAUSE_MS);
}, TIMEOUT_MS);

afterAll(async () => {
  await platform?.stop();
  await platform?.dispose();
  await engines?.stop();
  await rm(dir, { recursive: true, force: true });
}, TIMEOUT_MS);

test(
  'an accepted event is in ClickHouse exactly once although the clock is set hours ahead and back, under load',
  async () => {
    await load.during(async () => {
      for (const aheadMs of [0, -3 * HOUR_MS, 2 * HOUR_MS, 0]) {
        await setClock(aheadMs);
        await pause(2);
      }
    });
    // What was stamped ahead of time counts once its time has come.
    await setClock(2 * HOUR_MS + 60_000);
    report('clock steps', await load.verify());
    await setClock(0);
  },
  TIMEOUT_MS,
);

test(
  'memberships that ran out because the clock was ahead hold again once it is set right',
  async () => {
    const { key } = await platform.call<{ key: string }>('POST', '/v1/keys', { role: 'publisher:daily' });
    const { id } = await platform.call<{ id: string }>('POST', '/v1/audiences', {
      name: 'lately',
      rule: { event: 'visit', within: '1h' },
    });
    const answer = await fetch(`${platform.collector}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: [{ id: 'visit', identity: 'customer:shop:visitor', type: 'visit' }] }),
    });
    expect(answer.status).toBe(202);
    const audiences = async (): Promise<string[]> => {
      const profile = await platform.call<{ audiences: { id: string }[] }>(
        'GET',
        '/v1/profiles/customer:shop:visitor',
      );
      return profile.audiences.map((audience) => audience.id).filter((one) => one === id);
    };
    const size = async (): Promise<number> =>
      (await platform.call<{ size: number }>('GET', `/v1/audiences/${id}`)).size;
    const memberIs = async (inside: boolean): Promise<void> => {
      await eventually(async () => {
        expect({ audiences: await audiences(), size: await size() }).toEqual({
          audiences: inside ? [id] : [],
          size: inside ? 1 : 0,
        });
      });
    };
    await memberIs(true);
    await setClock(2 * HOUR_MS);
    await memberIs(false);
    await setClock(0);
    await memberIs(true);
    await platform.killAll();
    await setClock(2 * HOUR_MS);
    platform.spawn();
    await platform.ready();
    await memberIs(false);
    await platform.killAll();
    await setClock(0);
    platform.spawn();
    await platform.ready();
    await memberIs(true);
  },
  TIMEOUT_MS,
);
