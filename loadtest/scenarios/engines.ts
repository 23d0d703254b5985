import type { Command } from 'commander';
import { startTemporaryEngines } from '../../services/shared/local-engines/start-local-engines';
import { measureEngineBid } from '../engines/bid';
import { measureEngineCollect } from '../engines/collect';
import { measureEngineIngest } from '../engines/ingest';
import { splitCores } from '../load/pinned';
import { partsCommand, type PartsRun } from './parts';

const PARTS = ['ingest', 'collect', 'bid'] as const;

export function enginesCommand(): Command {
  return partsCommand(
    'engines',
    'every stage on servers that are started for it, beside what could be had at the best',
    PARTS,
    engines,
  );
}

/** Kafka, Redis, Postgres and ClickHouse as servers on this machine. */
async function engines({ quick, say, wanted, add }: PartsRun<(typeof PARTS)[number]>): Promise<void> {
  const rounds = quick ? 2 : 9;
  const seconds = quick ? 3 : 4;
  const local = await startTemporaryEngines();
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
      add(
        'ingest',
        result,
        `ingest rows/s / the slower of a bare kafkajs consumer and a raw insert  ${result.ratio.toFixed(3)}`,
        `a second ingest process  ${result.second.toFixed(3)} of one`,
      );
    }
    // Until here nothing is pinned; servers that run already keep both cores.
    const cores = splitCores(say);
    cores.pinLoad();
    const core = cores.server;
    if (wanted('collect')) {
      const result = await measureEngineCollect(brokers, { rounds, seconds, core, say });
      add('collect', result, `events acknowledged / bare kafkajs producer  ${result.ratio.toFixed(3)}`);
    }
    if (wanted('bid')) {
      const people = quick ? 20_000 : 200_000;
      const options = { people, lineItems: 1_000, rounds, seconds, core, say };
      const result = await measureEngineBid(address('REDIS_URL'), options);
      add(
        'bid',
        result,
        `bids with a replica / embedded  ${result.replica.toFixed(3)}`,
        `bids with Redis / embedded  ${result.redis.toFixed(3)}`,
        `a second bidder process  ${result.second.toFixed(3)} of one`,
      );
    }
  } finally {
    await local.stop();
  }
}
