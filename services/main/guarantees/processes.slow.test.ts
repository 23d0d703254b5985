import { eventuallyGives } from '../../shared/testing/eventually';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { environmentOf, muster } from '../testing/muster-command';
import { getJson, isAlive } from '../testing/processes';
import { RunningPlatform } from '../testing/running-platform';

jest.setTimeout(240_000);

let platform: RunningPlatform;

beforeAll(async () => {
  platform = await RunningPlatform.start();
});
afterAll(async () => {
  await platform.stop();
  await platform.dispose();
});

/** Process number of each child, by the role in its command line. */
function children(): Record<string, number> {
  const byRole: Record<string, number> = {};
  for (const pid of platform.children()) {
    const role = /\/main\/(\w+)\.js\0/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
    if (role !== undefined) byRole[role] = pid;
  }
  return byRole;
}

const portOf = { platform: 'api', collector: 'collector', bidder: 'bidder' } as const;

test('every port tells its health, and metrics are those of all processes', async () => {
  for (const port of Object.values(platform.ports)) {
    expect((await getJson(port, '/healthz')).status).toBe(200);
    expect((await getJson(port, '/readyz')).status).toBe(200);
  }
  const metrics = await (await fetch(`http://127.0.0.1:${platform.ports.ops}/metrics`)).text();
  for (const name of ['supervisor', 'platform', 'collector', 'bidder'])
    expect(metrics).toContain(`process_resident_memory_bytes{process="${name}"}`);
});

describe.each(['platform', 'collector', 'bidder'] as const)('kill -9 of the %s', (victim) => {
  test('it is back by itself, and the others never notice', async () => {
    const before = children();
    const others = Object.keys(portOf).filter((role) => role !== victim) as (typeof victim)[];
    let asked = 0;
    let back = false;
    const bystanders = others.map(async (role) => {
      while (!back) {
        expect((await getJson(platform.ports[portOf[role]], '/healthz')).status).toBe(200);
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });

    const pid = before[victim];
    if (pid === undefined) throw new Error(`there is no ${victim} among ${JSON.stringify(before)}`);
    process.kill(pid, 'SIGKILL');
    await eventuallyGives(
      `${victim} has a new process`,
      () => ![undefined, pid].includes(children()[victim]),
    );
    await eventuallyGives(
      `${victim} is ready`,
      async () => (await getJson(platform.ports[portOf[victim]], '/readyz')).status === 200,
    );
    await platform.ready();
    back = true;
    await Promise.all(bystanders);
    expect(asked).toBeGreaterThan(0);
    const after = children();
    for (const role of others) expect(after[role]).toBe(before[role]);
  });
});

test('a second platform on the same data directory is refused, whatever its ports', async () => {
  const second = await muster(['serve'], {
    environment: { MUSTER_DATA_DIR: platform.dataDir, MUSTER_PORT: '1' },
  });
  expect(second.status).toBe(1);
  expect(second.stderr).toContain(
    `${platform.dataDir} is in use by another muster (process ${platform.pid})`,
  );
});

test('the command line asks the running platform', async () => {
  const sql = await muster(['sql', 'SELECT 6 * 7 AS answer', '--format', 'TSV'], {
    environment: environmentOf(platform),
  });
  expect(sql).toMatchObject({ status: 0, stdout: '42\n' });
  const refused = await muster(['sql', 'DROP TABLE event_rows'], { environment: environmentOf(platform) });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/^muster: 4\d\d/);
  const doctor = await muster(['doctor'], { environment: environmentOf(platform) });
  expect(doctor).toMatchObject({ status: 0 });
  expect(doctor.stdout).toContain('and is ready');
});

test('muster rebuild fills the lookups anew, and bidding goes on', async () => {
  const bidder = children()['bidder'];
  const platformBefore = children()['platform'];
  const run = await muster(['rebuild', '--json'], { environment: environmentOf(platform) });
  expect(run).toMatchObject({ status: 0 });
  expect(JSON.parse(run.stdout)).toMatchObject({ epoch: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  await platform.ready();
  expect(children()['bidder']).toBe(bidder);
  expect(children()['platform']).not.toBe(platformBefore);
});

test('bad values in the environment: every fault at once, status 2', async () => {
  const run = await muster(['serve', 'all'], {
    environment: { MUSTER_PORT: 'http', LOG_LEVEL: 'loud', POSTGRES_URL: 'mysql://db' },
  });
  expect(run.status).toBe(2);
  expect(run.stderr.match(/^ {2}\w+/gm)).toEqual(['  MUSTER_PORT', '  POSTGRES_URL', '  LOG_LEVEL']);
  const unwritable = await muster(['serve', 'all'], {
    environment: { MUSTER_DATA_DIR: '/dev/null/data' },
  });
  expect(unwritable.status).toBe(2);
  expect(unwritable.stderr).toContain('MUSTER_DATA_DIR');
});

test('kill -9 of the supervisor leaves no process behind, and the next start is not hindered', async () => {
  const pids = Object.values(children());
  expect(pids).toHaveLength(3);
  await platform.killAll();
  for (const pid of pids) expect(isAlive(pid)).toBe(false);
  platform.spawn();
  await platform.ready();
});

test('SIGTERM drains and exits 0 within 10 s, and nothing is left', async () => {
  const pids = Object.values(children());
  const startedAt = performance.now();
  expect(await platform.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  for (const pid of pids) expect(isAlive(pid)).toBe(false);
});

test('a second signal exits at once', async () => {
  await platform.stop();
  platform.spawn();
  await platform.ready();
  // A request that never ends keeps the collector draining for a while.
  const held = connect(platform.ports.collector, '127.0.0.1', () =>
    held.write('GET /pixel.gif HTTP/1.1\r\n'),
  );
  held.on('error', () => undefined);
  await once(held, 'connect');
  const pids = Object.values(children());
  process.kill(platform.pid, 'SIGTERM');
  // Longer than what counts as one signal under npm, shorter than the drain.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await platform.stop()).toBe(128 + constants.signals.SIGTERM);
  await eventuallyGives('all are gone', () => !pids.some(isAlive));
  held.destroy();
});
