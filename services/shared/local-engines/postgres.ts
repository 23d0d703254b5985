import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineAtUrl } from './engine';
import { freePorts } from './free-ports';
import { userInfo, type Security } from './security';
import { ServerProcess } from './server-process';

/** Debian keeps the server's programs out of PATH. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * A Postgres server on a free port with its files in `dir`, the database `muster`. The URL is a superuser's; given
 * `security`, that of a user who owns the database and nothing else, by TLS. Throws when it is not installed.
 */
export async function startPostgres(dir: string, security?: Security): Promise<EngineAtUrl> {
  const bin = binaries();
  const user = unprivileged();
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (user) for (const path of [dir, data]) chownSync(path, user.uid, user.gid);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'muster', '--auth=trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    stdio: 'pipe',
  });
  const [port = 0] = await freePorts(1);
  const url = security
    ? `postgres://${userInfo(security)}127.0.0.1:${port}/muster?sslmode=verify-full`
    : `postgres://muster@127.0.0.1:${port}/muster`;
  const settings = ['max_connections=60', ...(security ? secure(data, security, user) : [])];
  const run = async (program: string, ...args: string[]): Promise<void> => {
    const place = ['-h', '127.0.0.1', '-p', String(port), '-U', 'muster'];
    await promisify(execFile)(join(bin, program), [...place, ...args]);
  };
  const start = async (): Promise<ServerProcess> => {
    const server = new ServerProcess(
      'Postgres',
      join(bin, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-h',
        '127.0.0.1',
        '-k',
        data,
        ...settings.flatMap((setting) => ['-c', setting]),
      ],
      { ...user },
    );
    await server.answers(() => run('pg_isready', '-d', 'postgres'));
    return server;
  };
  let server = await start();
  if (security) {
    const { user: name, password } = security;
    await run('psql', '-d', 'postgres', '-c', `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  }
  await run('createdb', ...(security ? ['-O', security.user] : []), 'muster');
  return {
    url,
    // "Fast": connections are cut, as a failover would.
    stop: () => server.end('SIGINT'),
    kill: () => server.kill(),
    freeze: () => server.signalAll('SIGSTOP'),
    thaw: () => server.signalAll('SIGCONT'),
    restart: async () => {
      await server.end('SIGINT');
      server = await start();
    },
  };
}

/** By TLS and password for everybody but the superuser, who makes the database. Answers settings for the server. */
function secure(
  data: string,
  { certificate, key, user }: Security,
  owner: { uid: number; gid: number } | undefined,
): string[] {
  const files = { certificate: join(data, 'server.crt'), key: join(data, 'server.key') };
  copyFileSync(certificate, files.certificate);
  copyFileSync(key, files.key);
  for (const file of Object.values(files)) {
    // It refuses a key that others may read.
    chmodSync(file, 0o600);
    if (owner) chownSync(file, owner.uid, owner.gid);
  }
  writeFileSync(
    join(data, 'pg_hba.conf'),
    `host all muster 127.0.0.1/32 trust\nhostssl all ${user} 127.0.0.1/32 scram-sha-256\n`,
  );
  return ['ssl=on', `ssl_cert_file=${files.certificate}`, `ssl_key_file=${files.key}`];
}

function binaries(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) {
    const bin = join(DEBIAN, version, 'bin');
    if (existsSync(join(bin, 'initdb'))) return bin;
  }
  const which = spawnSync('which', ['initdb']).stdout.toString().trim();
  if (which !== '') return join(which, '..');
  throw new Error('Postgres is not installed: apt-get install postgresql (infra/install-engines.sh does it)');
}

/** Postgres refuses to run as root: then as the package's own user. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}
