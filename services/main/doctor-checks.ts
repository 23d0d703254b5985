import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { Config } from '../shared/runtime/config';
import { lockDataDirectory } from './data-lock';
import { portFault, wantedPorts } from './preflight';
import { SERVE_TARGETS } from './roles';

export type Finding =
  { ok: true; what: string; detail: string } | { ok: false; what: string; detail: string; remedy: string };

const NODE_MIN = [20, 19] as const;
const FREE_BYTES_MIN = 2 * 2 ** 30;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const what = 'Node.js';
  if (enough) return { ok: true, what, detail: version };
  return { ok: false, what, detail: version, remedy: `install ${NODE_MIN.join('.')} or newer` };
}

export function checkDataDirectory(dataDir: string): Finding {
  const what = 'data directory';
  const remedy = 'make it writable, or set MUSTER_DATA_DIR to another';
  // Nothing is made here: that is for the first start.
  const there = existing(dataDir);
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return { ok: false, what, detail: `${there} cannot be written: ${(error as Error).message}`, remedy };
  }
  return { ok: true, what, detail: there === dataDir ? dataDir : `${dataDir}, made at the first start` };
}

export function checkDisk(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(existing(dataDir));
  const free = bavail * bsize;
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  const what = 'disk';
  if (free >= FREE_BYTES_MIN) return { ok: true, what, detail };
  return {
    ok: false,
    what,
    detail,
    remedy: `free ${FREE_BYTES_MIN / 2 ** 30} GiB, or set MUSTER_DATA_DIR to another disk`,
  };
}

/** Whether the platform runs already; if not, whether its ports are free. */
export async function checkPlatform(config: Config): Promise<Finding[]> {
  const what = 'platform';
  if (existsSync(config.dataDir)) {
    const lock = lockDataDirectory(config.dataDir, 'supervisor');
    if (!lock.ok) return [await checkRunning(config, lock.holder)];
    lock.release();
  }
  const findings: Finding[] = [{ ok: true, what, detail: 'not running on this data directory' }];
  for (const { variable, host, port } of wantedPorts(config, SERVE_TARGETS.all)) {
    const why = await portFault({ host, port });
    const address = `${host}:${port}`;
    findings.push(
      why === undefined
        ? { ok: true, what: variable, detail: `${address} is free` }
        : {
            ok: false,
            what: variable,
            detail: `${address}: ${why}`,
            remedy: `end what uses it, or set ${variable}`,
          },
    );
  }
  return findings;
}

async function checkRunning(config: Config, holder: string): Promise<Finding> {
  const what = 'platform';
  const url = `http://127.0.0.1:${config.opsPort}/readyz`;
  const remedy = `look at its log; ${url} says what is missing`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const { missing = [] } = (await answer.json()) as { missing?: string[] };
    if (answer.ok) return { ok: true, what, detail: `runs (${holder}) and is ready` };
    return { ok: false, what, detail: `runs (${holder}), not ready: ${missing.join('; ')}`, remedy };
  } catch (error) {
    const detail = `holds the lock (${holder}), but does not answer on ${url}: ${(error as Error).message}`;
    return {
      ok: false,
      what,
      detail,
      remedy: 'set MUSTER_OPS_PORT as it was started with, or stop that process',
    };
  }
}

/**
 * The embedded engines are native code: it is there for common systems, not for all. Each is loaded in a process
 * of its own, because one that does not fit may crash instead of throwing.
 */
export function checkEngines({
  redisUrl,
  clickhouseUrl,
  postgresUrl,
}: Pick<Config, 'redisUrl' | 'clickhouseUrl' | 'postgresUrl'>): Finding[] {
  const engines: [name: string, use: string, server: string | undefined][] = [
    ['lmdb', 'lookups', redisUrl],
    ['chdb', 'lake', clickhouseUrl],
    ['@electric-sql/pglite', 'catalog', postgresUrl],
  ];
  const embedded = engines.filter(([, , server]) => server === undefined);
  return embedded.map(([name, use]) => {
    const what = `engine ${name}`;
    const script = `require(${JSON.stringify(name)})`;
    const run = spawnSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' });
    if (run.status === 0) return { ok: true, what, detail: `loads (${use})` };
    const why = /^\w*Error: .*/m.exec(run.stderr)?.[0] ?? run.signal ?? `status ${run.status}`;
    const remedy = `run npm ci on this system (${process.platform}-${process.arch})`;
    return { ok: false, what, detail: `does not load: ${why}`, remedy };
  });
}

/** Whether each server that is set takes connections; what it then answers is for the platform to say. */
export async function checkServers(config: Config): Promise<Finding[]> {
  const servers: [variable: string, address: string | undefined, port: number][] = [
    ...(config.kafkaBrokers ?? []).map((broker): [string, string, number] => ['KAFKA_BROKERS', broker, 9092]),
    ['CLICKHOUSE_URL', config.clickhouseUrl, config.clickhouseUrl?.startsWith('https:') ? 443 : 80],
    ...(config.redisUrl?.split(',') ?? []).map((host): [string, string, number] => ['REDIS_URL', host, 6379]),
    ['POSTGRES_URL', config.postgresUrl, 5432],
  ];
  const set = servers.flatMap(([variable, address, fallback]) =>
    address === undefined ? [] : [{ variable, ...hostAndPort(address, fallback) }],
  );
  return Promise.all(
    set.map(async ({ variable, host, port }): Promise<Finding> => {
      const why = await connectionFault(host, port);
      const detail = `${host}:${port}`;
      if (why === undefined) return { ok: true, what: variable, detail: `${detail} takes connections` };
      const remedy = `start it, let this host through to it, or correct ${variable}`;
      return { ok: false, what: variable, detail: `${detail}: ${why}`, remedy };
    }),
  );
}

/** Of a URL or of `host:port`; user and password are left out. */
function hostAndPort(address: string, fallback: number): { host: string; port: number } {
  const bare = address.replace(/^[\w+]+:\/\//, '').replace(/^[^@/]*@/, '');
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:/?]+))(?::(\d+))?/.exec(bare) ?? [];
  return { host: v6 ?? name ?? bare, port: port === undefined ? fallback : Number(port) };
}

/** Why nobody is connected to there within 3 s; undefined when somebody is. */
function connectionFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (why?: string): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(3_000, () => end('no answer in 3 s'));
    socket.once('connect', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path));
}
