import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../package-root';
import { rawOutputSchema, type RawOutput } from '../raw-output';

const run = promisify(execFile);
const RUN_MS_MAX = 600_000;
const muster = join(packageRoot(), 'bin', 'muster.js');

let dir: string;

beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'muster-scenarios-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function loadtest(...args: string[]): Promise<RawOutput> {
  const out = join(dir, `${args[0]}.json`);
  await run(process.execPath, [muster, 'loadtest', ...args, '--quick', '--out', out], {
    timeout: RUN_MS_MAX,
  });
  return rawOutputSchema.parse(JSON.parse(await readFile(out, 'utf8')));
}

function valueOf({ rounds }: RawOutput, name: string): number {
  return rounds?.[0]?.metrics.find((metric) => metric.name === name)?.value ?? NaN;
}

test(
  'bid and pixel, from the first request to a page with plots',
  async () => {
    const small = ['--rates', '50', '--duration', '1', '--warm-up', '1', '--people', '500'];
    for (const scenario of ['bid', 'pixel']) {
      const raw = await loadtest(scenario, ...small);
      expect(valueOf(raw, 'capacity')).toBeGreaterThan(0);
      expect(valueOf(raw, 'capacity / bare node:http')).toBeGreaterThan(0);
      expect(raw.finishedAt).toBeDefined();
      const { subject } = raw.rounds![0]!.detail as { subject: { outcomes: Record<string, number> }[] };
      const statuses = Object.keys(subject[0]!.outcomes);
      // Some are bid on and some are not; a pixel and a sync are always answered.
      expect(statuses.sort()).toEqual(scenario === 'bid' ? ['200', '204'] : ['200']);
    }
    const page = join(dir, 'page.html');
    const files = [join(dir, 'bid.json'), join(dir, 'pixel.json')];
    await run(process.execPath, [muster, 'loadtest', 'report', ...files, '--out', page]);
    expect(await readFile(page, 'utf8')).toContain('Latency by rate');
  },
  RUN_MS_MAX,
);

test(
  'ingest and build',
  async () => {
    const ingest = await loadtest('ingest', '--events', '2000');
    expect(valueOf(ingest, 'rows ingested')).toBeGreaterThan(0);
    const build = await loadtest('build', '--people', '2000');
    expect(valueOf(build, 'members published')).toBeGreaterThan(0);
  },
  RUN_MS_MAX,
);

test(
  'a soak that goes well ends with status 0, nothing lost',
  async () => {
    const raw = await loadtest('soak', '--duration', '10s', '--rate', '20', '--people', '50');
    const { acknowledged, found } = raw.result as {
      acknowledged: { events: number; bids: number };
      found: { events: number; bids: number };
    };
    expect(acknowledged.events).toBeGreaterThan(0);
    expect([found.events, found.bids]).toEqual([acknowledged.events, acknowledged.bids]);
    expect(raw.summary.filter((line) => !line.startsWith('ok '))).toEqual([]);
  },
  RUN_MS_MAX,
);

test('what cannot be done is said before anything is measured', async () => {
  const fails = async (...args: string[]): Promise<string> => {
    try {
      await run(process.execPath, [muster, 'loadtest', ...args]);
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
    throw new Error(`${args.join(' ')} ended well`);
  };
  expect(await fails('bid', '--rates', '100,50')).toContain('rising whole numbers');
  expect(await fails('soak', '--duration', 'forever')).toContain('10m');
  expect(await fails('baseline', '--only', 'nothing')).toContain('throughput');
  expect(await fails('report', join(dir, 'missing.json'), '--out', 'x')).toContain('cannot be read');
});
