import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { eventually } from '../../shared/testing/eventually';
import { EventLoad } from '../testing/event-load';
import { environmentOf, muster } from '../testing/muster-command';
import { RunningPlatform } from '../testing/running-platform';

const PAUSE_MS = 60;
const LOAD_MS = 5_000;
const TIMEOUT_MS = 300_000;
const SERVERS = ['KAFKA_BROKERS', 'CLICKHOUSE_URL', 'REDIS_URL', 'POSTGRES_URL'] as const;

let engines: LocalEngines;
let platform: RunningPlatform;

beforeAll(async () => {
  engines = await startTemporaryEngines({ secure: true });
  platform = await RunningPlatform.start(engines.environment);
}, TIMEOUT_MS);

afterAll(async () => {
  await platform?.stop();
  await platform?.dispose();
  await engines?.stop();
}, TIMEOUT_MS);

interface Finding {
  level: string;
  what: string;
  detail: string;
  remedy?: string;
}

async function doctor(environment: Record<string, string>): Promise<Map<string, Finding>> {
  const { stdout } = await muster(['doctor', '--json'], {
    environment: { ...environmentOf(platform), ...environment },
  });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return new Map(findings.map((finding) => [finding.what, finding]));
}

describe('servers that answer over TLS alone, to one user of few rights', () => {
  test(
    'every accepted event is in ClickHouse once, and in memberships',
    async () => {
      const load = await EventLoad.prepare(platform, PAUSE_MS);
      await load.during(() => sleep(LOAD_MS));
      expect(load.count).toBeGreaterThan(0);
      await eventually(async () => {
        const [rows] = await platform.sql<{ rows: number; events: number }>(
          'SELECT toFloat64(count()) AS rows, toFloat64(uniqExact(event_id)) AS events FROM events',
        );
        expect(rows).toEqual({ rows: load.count, events: load.count });
      });
      const [audience] = (await platform.call<{ items: { id: string }[] }>('GET', '/v1/audiences')).items;
      const member = await eventually(async () => {
        const [row] = await platform.sql<{ identity: string }>(
          `SELECT identity FROM identities WHERE uid IN (
             SELECT uid FROM audience_members WHERE audience_id = '${audience?.id}') LIMIT 1`,
        );
        expect(row).toBeDefined();
        return row?.identity;
      });
      const { audiences } = await platform.call<{ audiences: { id: string }[] }>(
        'GET',
        `/v1/profiles/${member}`,
      );
      expect(audiences.map(({ id }) => id)).toEqual([audience?.id]);
    },
    TIMEOUT_MS,
  );

  test('doctor finds all of them well', async () => {
    const found = await doctor(engines.environment);
    expect(SERVERS.map((variable) => found.get(variable)?.level)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('doctor says of each that its certificate is not trusted, where it is not', async () => {
    const found = await doctor({ ...engines.environment, NODE_EXTRA_CA_CERTS: '' });
    for (const variable of SERVERS) {
      expect(found.get(variable)).toMatchObject({
        level: 'wrong',
        detail: expect.stringMatching(/self-signed certificate/) as string,
        remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
      });
    }
  });

  test('doctor says of each that the password is wrong, and does not repeat it', async () => {
    const wrong = Object.fromEntries(
      SERVERS.map((variable) => [
        variable,
        engines.environment[variable]?.replace('p%40ss%3Aw%2Frd', 'not-it') ?? '',
      ]),
    );
    const found = await doctor({ ...engines.environment, ...wrong });
    for (const variable of SERVERS) {
      expect(found.get(variable)).toMatchObject({
        level: 'wrong',
        remedy: expect.stringMatching(/correct user, password/) as string,
      });
      expect(JSON.stringify(found.get(variable))).not.toContain('not-it');
    }
  });
});
