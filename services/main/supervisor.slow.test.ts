import { eventuallyGives } from '../shared/testing/eventually';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { childEnvironment } from '../shared/runtime/config';
import { freePorts } from '../shared/local-engines/free-ports';
import { Supervisor } from './supervisor';
import { getJson, isAlive } from './testing/processes';

jest.setTimeout(120_000);

const dataDir = mkdtempSync(join(tmpdir(), 'muster-supervisor-'));
const hook = join(__dirname, '../shared/testing/ts-node-hook.cjs');
const running: Supervisor[] = [];
let forked = 0;

async function start(options: { bidders: number; platform?: boolean }) {
  const [port, collectorPort, bidderPort, opsPort] = (await freePorts(4)) as [number, number, number, number];
  const supervisor = new Supervisor({
    roles: options.platform === false ? ['bidder'] : ['platform', 'bidder'],
    bidders: options.bidders,
    host: '127.0.0.1',
    bidderPort,
    opsPort,
    environment: {
      ...childEnvironment({ adminToken: 'admin-token-of-a-test', secret: 'a-secret-for-a-test' }),
      MUSTER_DATA_DIR: dataDir,
      MUSTER_PORT: String(port),
      MUSTER_COLLECTOR_PORT: String(collectorPort),
      MUSTER_BIDDER_PORT: String(bidderPort),
      MUSTER_OPS_PORT: String(opsPort),
      LOG_LEVEL: 'silent',
      NODE_OPTIONS: `--require ${hook}`,
    },
    entry: (role) => {
      forked += 1;
      return join(__dirname, 'testing', `fake-${role}.ts`);
    },
    logger: pino({ level: 'silent' }),
  });
  running.push(supervisor);
  await supervisor.start();
  return { supervisor, bidderPort, opsPort };
}

const bidderOf = async (port: number) =>
  (await getJson(port, '/')).body as { pid: number; id: number; count: number };

beforeEach(() => {
  forked = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop()));
});
afterAll(() => rmSync(dataDir, { recursive: true }));

test('readiness is that of all children and names what is missing and where', async () => {
  rmSync(join(dataDir, 'ready'), { force: true });
  const { opsPort } = await start({ bidders: 2 });
  expect((await getJson(opsPort, '/healthz')).status).toBe(200);
  const unready = await eventuallyGives('both bidders are up', async () => {
    const answer = await getJson(opsPort, '/readyz');
    return (answer.body as { missing: string[] }).missing.length === 1 && answer;
  });
  expect(unready).toMatchObject({ status: 503, body: { missing: ['platform: the file ready'] } });
  writeFileSync(join(dataDir, 'ready'), '');
  expect(await getJson(opsPort, '/readyz')).toMatchObject({ status: 200 });
});

test('metrics of all processes are added up by kind', async () => {
  writeFileSync(join(dataDir, 'ready'), '');
  const { opsPort } = await start({ bidders: 2 });
  await eventuallyGives('all are ready', async () => (await getJson(opsPort, '/readyz')).status === 200);
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  expect(text).toContain('muster_fake_total{process="bidder"} 2');
  expect(text).toContain('muster_fake_total{process="platform"} 1');
  expect(text).toContain('muster_child_up{child="bidder-2",process="supervisor"} 1');
  expect(text).toMatch(/process_cpu_user_seconds_total\{process="platform"\}/);
});

test('connections are spread over the bidders, which know their number', async () => {
  const { bidderPort } = await start({ bidders: 2, platform: false });
  const seen = new Set<number>();
  await eventuallyGives('both have answered', async () => {
    const { id, count } = await bidderOf(bidderPort);
    expect(count).toBe(2);
    return seen.add(id).size === 2;
  });
});

test('a lone bidder that is killed is back, and connections of the meantime wait instead of failing', async () => {
  const { bidderPort, opsPort } = await start({ bidders: 1, platform: false });
  let { pid } = await bidderOf(bidderPort);
  for (let kills = 0; kills < 3; kills++) {
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(Array.from({ length: 20 }, () => bidderOf(bidderPort)));
    const pids = new Set(answers.map((answer) => answer.pid));
    expect(pids.has(pid)).toBe(false);
    expect(pids.size).toBe(1);
    pid = answers[0]?.pid ?? 0;
  }
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  expect(text).toContain('muster_child_restarts{child="bidder",process="supervisor"} 3');
});

test('a request in flight is answered while its bidder drains', async () => {
  const { supervisor, bidderPort } = await start({ bidders: 1, platform: false });
  const { pid } = await bidderOf(bidderPort);
  const slow = getJson(bidderPort, '/slow');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await supervisor.stop();
  expect((await slow).body).toMatchObject({ pid });
  expect(isAlive(pid)).toBe(false);
});

test('a signal to all at once starts nothing again', async () => {
  const { supervisor, bidderPort, opsPort } = await start({ bidders: 1 });
  await eventuallyGives('all are up', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
    return metrics.includes('muster_fake_total{process="bidder"} 1');
  });
  const { pid } = await bidderOf(bidderPort);
  process.kill(pid, 'SIGTERM');
  const exits = eventuallyGives('the bidder is gone', () => !isAlive(pid));
  await supervisor.stop();
  await exits;
  expect(forked).toBe(2);
});

test('a child that does not drain is killed within its time', async () => {
  writeFileSync(join(dataDir, 'hang'), '');
  writeFileSync(join(dataDir, 'ready'), '');
  const { supervisor, opsPort } = await start({ bidders: 1 });
  await eventuallyGives('all are ready', async () => (await getJson(opsPort, '/readyz')).status === 200);
  await supervisor.stop();
  await expect(getJson(opsPort, '/healthz')).rejects.toThrow();
  rmSync(join(dataDir, 'hang'));
});
