import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startClickHouse } from './clickhouse';
import { startPostgres } from './postgres';

export interface LocalEngines {
  /** What makes a platform use them. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts every engine as a server of its own on free ports, with its files below `dir`, for tests and demonstrations.
 * Rejects, with nothing left running, when one does not start; the message names the remedy.
 */
export async function startLocalEngines(dir: string): Promise<LocalEngines> {
  // Postgres may have to run as another user, who must get through to its own folder.
  await chmod(dir, 0o711);
  const started: { stop(): Promise<void> }[] = [];
  const environment: Record<string, string> = {};
  const start = async <E extends { stop(): Promise<void> }>(
    variable: string,
    launch: (dir: string) => Promise<E>,
    address: (engine: E) => string,
  ): Promise<void> => {
    const own = join(dir, variable.toLowerCase());
    await mkdir(own, { recursive: true });
    const engine = await launch(own);
    started.push(engine);
    environment[variable] = address(engine);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((engine) => engine.stop()));
  };
  const results = await Promise.allSettled([
    start('POSTGRES_URL', startPostgres, ({ url }) => url),
    start('CLICKHOUSE_URL', startClickHouse, ({ url }) => url),
  ]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return { environment, stop };
  await stop();
  throw failure.reason;
}
