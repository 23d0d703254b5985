import { startTemporaryEngines, type LocalEngines } from '../../shared/local-engines/start-local-engines';
import { exactlyOnce, killingProcesses } from '../testing/exactly-once-guarantee';
import { pause } from '../../shared/testing/pause';

/** `npx jest --config jest.engines.config.cjs exactly-once --globals '{"kills":300}'` for a longer run. */
declare const kills: number | undefined;
const KILLS = typeof kills === 'number' ? kills : 12;
/** `"down"`: seconds that an engine is away. */
declare const down: number | undefined;
const DOWN_S = typeof down === 'number' ? down : 4;
const TIMEOUT_MS = 300_000;

const FAULTS = {
  'after kill -9 of any process at any moment': () => killingProcesses(KILLS),
  'although ClickHouse dies and comes back': (engines: LocalEngines) => () => away(engines, 'CLICKHOUSE_URL'),
  'although Postgres dies and comes back': (engines: LocalEngines) => () => away(engines, 'POSTGRES_URL'),
  'although Kafka dies and comes back': (engines: LocalEngines) => () => away(engines, 'KAFKA_BROKERS'),
  'although Redis dies and comes back': (engines: LocalEngines) => () => away(engines, 'REDIS_URL'),
};

async function away(engines: LocalEngines, variable: string): Promise<void> {
  await pause(2);
  for (let time = 0; time < 2; time++) {
    engines.kill(variable);
    await pause(DOWN_S);
    await engines.restart(variable);
    await pause(2);
  }
}

// Each on engines of its own: the platform's names in them are fixed.
describe.each(Object.entries(FAULTS))('%s', (title, fault) => {
  let engines: LocalEngines;
  beforeAll(async () => {
    engines = await startTemporaryEngines();
  });
  afterAll(async () => {
    await engines.stop();
  });

  exactlyOnce({
    title,
    disturb: (platform) => fault(engines)(platform),
    environment: () => engines.environment,
    timeoutMs: TIMEOUT_MS + KILLS * 5_000,
  });
});
