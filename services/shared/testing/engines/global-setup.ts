import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from './clickhouse';
import { ENGINE_ADDRESSES } from './engine-url';
import { startPostgres } from './postgres';
import globalTeardown from './global-teardown';
import { running } from './running';

type Variable = keyof typeof ENGINE_ADDRESSES;

/** Starts every server once, each with its files below one temporary directory; rejects when one does not start. */
export default async function globalSetup(): Promise<void> {
  running.dir = await mkdtemp(join(tmpdir(), 'muster-engines-'));
  // Postgres may have to run as another user, who must get through to its own folder.
  await chmod(running.dir, 0o711);
  const start = async <E extends { stop(): Promise<void> }>(
    name: string,
    launch: (dir: string) => Promise<E>,
    variable: Variable,
    address: (engine: E) => string,
  ): Promise<void> => {
    const dir = join(running.dir, name);
    await mkdir(dir, { recursive: true });
    const engine = await launch(dir);
    running.engines.push(engine);
    process.env[ENGINE_ADDRESSES[variable]] = address(engine);
  };
  const started = await Promise.allSettled([
    start('postgres', startPostgres, 'POSTGRES_URL', ({ url }) => url),
    start('clickhouse', startClickHouse, 'CLICKHOUSE_URL', ({ url }) => url),
  ]);
  const failure = started.find((result) => result.status === 'rejected');
  if (failure === undefined) return;
  await globalTeardown();
  throw failure.reason;
}
