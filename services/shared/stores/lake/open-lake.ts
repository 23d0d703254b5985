import { killRunning, openClients, type LakeLocation } from './clients';
import { clusterLayout } from './cluster/cluster-layout';
import { Lake } from './lake';
import { toLakeError } from './lake-error';
import { singleLayout } from './layout';
import { applyMigrations, migrationsDirectory, readMigrations, type Login } from './migrations';
import { Pool } from './pool';

/** A chDB client runs one query at a time; four of them run in parallel on one path. */
const CLIENTS = 4;

export type OpenLakeOptions = LakeLocation & {
  /** Default `muster`. */
  database?: string;
};

/**
 * Opens the lake and brings its schema up to date. `path`: the engine in this process, one directory per
 * process and one process per directory. `url`: a ClickHouse server, `http://user:password@host:8123`, or with `cluster`
 * any server of that cluster.
 */
export async function openLake(options: OpenLakeOptions): Promise<Lake> {
  const database = options.database ?? 'muster';
  const clients = await openClients(options, database, CLIENTS).catch((error: unknown) => {
    throw toLakeError(error);
  });
  const pool = new Pool({ clients, ceilings: { normal: 3, build: 2, analyst: 1 }, maxWaiting: 1_000 });
  const layout =
    'url' in options && options.cluster !== undefined
      ? clusterLayout({ name: options.cluster, database })
      : singleLayout(database);
  const lake = new Lake(database, layout, pool, () => killRunning(options), 'url' in options);
  try {
    await lake.check();
    const migrations = readMigrations(migrationsDirectory(), database, loginOf(options));
    await applyMigrations(lake, migrations, (statement) => layout.expand(statement));
    return lake;
  } catch (error) {
    await lake.close();
    throw error;
  }
}

/** User and password of the URL, where it has them. */
function loginOf(location: LakeLocation): Login | undefined {
  if ('path' in location) return undefined;
  const { username, password } = new URL(location.url);
  if (username === '') return undefined;
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}
