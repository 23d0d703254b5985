import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from './clickhouse';
import type { Engine } from './engine';
import { startKafka } from './kafka';
import { startPostgres } from './postgres';
import { startRedis } from './redis';
import { makeSecurity } from './security';

export interface LocalEngines {
  /** What makes a platform use them. */
  environment: Record<string, string>;
  /** kill -9 of the engine behind a variable. */
  kill(variable: string): void;
  /** The engine behind a variable answers nobody until `thaw`. */
  freeze(variable: string): void;
  thaw(variable: string): void;
  /** Starts it again, on the same port and data. */
  restart(variable: string): Promise<void>;
  stop(): Promise<void>;
}

/** Puts something before the engine of a variable: given its port, answers the one that clients are to use. */
export type Front = (variable: string, port: number) => Promise<number>;

export interface LocalEnginesOptions {
  front?: Front;
  /** All of them by TLS and with a login, as in production. @default false */
  secure?: boolean;
}

/** Like `startLocalEngines`, in a temporary directory that goes when they are stopped. */
export async function startTemporaryEngines(options?: LocalEnginesOptions): Promise<LocalEngines> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-engines-'));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const engines = await startLocalEngines(dir, options);
    return { ...engines, stop: () => engines.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Starts every engine as a server of its own on free ports, with its files below `dir`, for tests and demonstrations.
 * Rejects, with nothing left running, when one does not start; the message names the remedy.
 */
export async function startLocalEngines(
  dir: string,
  { front = (_, port) => Promise.resolve(port), secure = false }: LocalEnginesOptions = {},
): Promise<LocalEngines> {
  // Postgres may have to run as another user, who must get through to its own folder.
  await chmod(dir, 0o711);
  const started = new Map<string, Engine>();
  const security = secure ? makeSecurity(join(dir, 'security')) : undefined;
  const environment: Record<string, string> = security ? { NODE_EXTRA_CA_CERTS: security.certificate } : {};
  const start = async <E extends Engine>(
    variable: string,
    launch: (dir: string) => Promise<E>,
    address: (engine: E) => string | Promise<string>,
  ): Promise<void> => {
    const own = join(dir, variable.toLowerCase());
    await mkdir(own, { recursive: true });
    const engine = await launch(own);
    started.set(variable, engine);
    environment[variable] = await address(engine);
  };
  const fronted = async (variable: string, url: string): Promise<string> => {
    const port = new URL(url).port;
    return url.replace(`:${port}`, `:${await front(variable, Number(port))}`);
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...started.values()].map((engine) => engine.stop()));
  };
  const results = await Promise.allSettled([
    start(
      'KAFKA_BROKERS',
      (own) => startKafka(own, (port) => front('KAFKA_BROKERS', port), security),
      ({ brokers }) => brokers.join(),
    ),
    start(
      'REDIS_URL',
      (own) => startRedis(own, security),
      ({ url }) => fronted('REDIS_URL', url),
    ),
    start(
      'POSTGRES_URL',
      (own) => startPostgres(own, security),
      ({ url }) => fronted('POSTGRES_URL', url),
    ),
    start(
      'CLICKHOUSE_URL',
      (own) => startClickHouse(own, security),
      ({ url }) => fronted('CLICKHOUSE_URL', url),
    ),
  ]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const known = (variable: string): Engine => {
    const engine = started.get(variable);
    if (engine === undefined) throw new Error(`no engine was started for ${variable}`);
    return engine;
  };
  return {
    environment,
    kill: (variable) => known(variable).kill(),
    freeze: (variable) => known(variable).freeze(),
    thaw: (variable) => known(variable).thaw(),
    restart: (variable) => known(variable).restart(),
    stop,
  };
}
