import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childEnvironment } from '../../shared/runtime/config';
import { eventually } from '../../shared/testing/eventually';
import { commandBlocks, isAsShown, sqlBlocks, type CommandBlock } from '../testing/guide';
import { RunningPlatform } from '../testing/running-platform';
import { ShellSession } from '../testing/shell-session';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '..', '..', '..');
const GUIDES = join(ROOT, 'docs', 'guides');
/** As docs/README.md has them: each begins where the one before it ended. */
const ORDER = ['publisher', 'provider', 'advertiser', 'exchange', 'analyst', 'operator'];
const EXAMPLES = readdirSync(join(ROOT, 'examples')).filter((file) => /^(?!platform).*\.mjs$/.test(file));

let platform: RunningPlatform;
let directory: string;
let environment: Record<string, string>;

beforeAll(async () => {
  platform = await RunningPlatform.start();
  directory = mkdtempSync(join(tmpdir(), 'muster-guides-'));
  environment = {
    ...childEnvironment({ adminToken: platform.adminToken, secret: 'a-secret-that-only-tests-know' }),
    MUSTER_DATA_DIR: platform.dataDir,
    MUSTER_PORT: String(platform.ports.api),
    MUSTER_COLLECTOR_PORT: String(platform.ports.collector),
    MUSTER_BIDDER_PORT: String(platform.ports.bidder),
    MUSTER_OPS_PORT: String(platform.ports.ops),
  };
});
afterAll(async () => {
  await platform.stop();
  await platform.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** The reader's machine has the usual ports; here they are others. */
function here(script: string): string {
  return script
    .replaceAll('localhost:8080', `127.0.0.1:${platform.ports.api}`)
    .replaceAll('localhost:8081', `127.0.0.1:${platform.ports.collector}`)
    .replaceAll('localhost:8082', `127.0.0.1:${platform.ports.bidder}`)
    .replaceAll('localhost:9464', `127.0.0.1:${platform.ports.ops}`)
    .replaceAll('$(cat data/admin-token)', platform.adminToken)
    .replaceAll('/tmp/muster-', `${directory}/muster-`);
}

async function follow(session: ShellSession, { script, again, shown }: CommandBlock): Promise<void> {
  const attempt = async (): Promise<void> => {
    const given = await session.run(here(script), { apart: again });
    if (shown === undefined || isAsShown(shown, given)) return;
    throw new Error(`shown:\n${shown}\ngiven:\n${given}\n${session.stderr}`);
  };
  await (again ? eventually(attempt) : attempt());
}

test('every guide is followed', () => {
  const pages = readdirSync(GUIDES).map((file) => file.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual([...ORDER].sort());
});

describe.each(ORDER)('the guide %s, word by word', (guide) => {
  let session: ShellSession;
  const blocks = commandBlocks(join(GUIDES, `${guide}.md`));
  beforeAll(() => {
    session = new ShellSession({ cwd: ROOT, directory, environment });
  });
  afterAll(() => session.end());

  test.each(blocks.map((block) => [block.line, block] as const))('line %d', async (_line, block) =>
    follow(session, block),
  );
});

describe("the analyst's queries", () => {
  const queries = sqlBlocks(join(GUIDES, 'analyst.md'));

  test('are twenty', () => {
    expect(queries).toHaveLength(20);
  });

  test.each(queries.map((query, index) => [index + 1, query] as const))(
    '%d has an answer',
    async (_n, query) => {
      await eventually(async () => {
        const rows = await platform.sql<Record<string, unknown>>(query);
        expect(rows.length).toBeGreaterThan(0);
        expect(Object.values(rows[0] ?? {}).every((value) => value !== null)).toBe(true);
      });
    },
  );
});

describe('examples', () => {
  test.each(EXAMPLES)('%s does what it says', async (file) => {
    const child = spawn(process.execPath, [join(ROOT, 'examples', file)], {
      cwd: ROOT,
      env: {
        ...environment,
        MUSTER_API: platform.api,
        MUSTER_COLLECTOR: platform.collector,
        MUSTER_BIDDER: platform.bidder,
        MUSTER_KEY: platform.adminToken,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect({ status: child.exitCode, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n').length).toBeGreaterThan(1);
  });

  test('there are some', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(5);
  });
});
