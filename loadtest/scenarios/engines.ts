import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { startLocalEngines } from '../../services/shared/local-engines/start-local-engines';
import { sayToStderr } from '../bench';
import { canPin, pin } from '../load/pinned';
import { measureEngineBid } from '../engines/bid';
import { measureEngineCollect } from '../engines/collect';
import { measureEngineIngest } from '../engines/ingest';
import { beginRawOutput, writeRawOutput } from '../raw-output';
import { scenarioCommand } from './options';

const SERVER_CORE = 0;
const LOAD_CORE = 1;

const ENGINE_PARTS = ['ingest', 'collect', 'bid'] as const;

interface EnginesOptions {
  quick: boolean;
  only?: string;
  out?: string;
}

export function enginesCommand(): Command {
  return scenarioCommand(
    'engines',
    'every stage on servers that are started for it, beside what could be had at the best',
  )
    .addOption(new Option('--only <part>', 'one part').choices(ENGINE_PARTS))
    .action(engines);
}

/** Kafka, Redis, Postgres and ClickHouse as servers on this machine; every part beside what could be had at the best. */
async function engines({ quick, only, out }: EnginesOptions): Promise<void> {
  const say = sayToStderr;
  const wanted = (part: (typeof ENGINE_PARTS)[number]): boolean => only === undefined || only === part;
  const output = beginRawOutput('engines', { quick, only });
  const raw: Record<string, unknown> = {};
  const rows: string[] = [];
  const rounds = quick ? 2 : 9;
  const seconds = quick ? 3 : 4;
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  const local = await startLocalEngines(dir);
  try {
    const address = (variable: string): string => {
      const value = local.environment[variable];
      if (value === undefined) throw new Error(`no ${variable} was started`);
      return value;
    };
    const brokers = address('KAFKA_BROKERS').split(',');
    if (wanted('ingest')) {
      const result = await measureEngineIngest(
        {
          brokers,
          redisUrl: address('REDIS_URL'),
          clickhouseUrl: address('CLICKHOUSE_URL'),
          postgresUrl: address('POSTGRES_URL'),
        },
        { events: quick ? 50_000 : 200_000, rounds: quick ? 1 : 3, say },
      );
      raw['ingest'] = result;
      rows.push(
        `ingest rows/s / the slower of a bare kafkajs consumer and a raw insert  ${result.ratio.toFixed(3)}`,
      );
      rows.push(`a second ingest process  ${result.second.toFixed(3)} of one`);
    }
    // Until here nothing is pinned; servers that run already keep both cores.
    const pinned = canPin();
    if (!pinned) say('taskset is not here: server and load share the cores, ratios are only a hint');
    if (pinned) pin(process.pid, LOAD_CORE);
    const core = pinned ? SERVER_CORE : undefined;
    if (wanted('collect')) {
      const result = await measureEngineCollect(brokers, { rounds, seconds, core, say });
      raw['collect'] = result;
      rows.push(`events acknowledged / bare kafkajs producer  ${result.ratio.toFixed(3)}`);
    }
    if (wanted('bid')) {
      const people = quick ? 20_000 : 200_000;
      const options = { people, lineItems: 1_000, rounds, seconds, core, say };
      const result = await measureEngineBid(address('REDIS_URL'), options);
      raw['bid'] = result;
      rows.push(`bids with a replica / embedded  ${result.replica.toFixed(3)}`);
      rows.push(`bids with Redis / embedded  ${result.redis.toFixed(3)}`);
      rows.push(`a second bidder process  ${result.second.toFixed(3)} of one`);
    }
  } finally {
    await local.stop();
    await rm(dir, { recursive: true, force: true });
  }
  process.stdout.write(`${rows.join('\n')}\n`);
  if (out !== undefined)
    await writeRawOutput(out, {
      ...output,
      finishedAt: new Date().toISOString(),
      result: raw,
      summary: rows,
    });
}
