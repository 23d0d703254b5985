import { connect } from 'node:net';
import type { Config } from '../../shared/runtime/config';
import { probePostgres } from '../../shared/stores/catalog/postgres/probe-postgres';
import { probeClickhouse } from '../../shared/stores/lake/probe-clickhouse';
import { probeKafka } from '../../shared/stores/log/kafka/probe-kafka';
import { probeRedis } from '../../shared/stores/lookups/redis/probe-redis';
import type { ServerProbe } from '../../shared/stores/server-probe';
import { checkMigrations } from './check-versions';
import { ok, wrong, type Finding } from './finding';

const CONNECT_MS = 3_000;
/** Beyond it, what one host calls now is in another's future or past by more than the path of the data takes. */
const SKEW_MS_MAX = 2_000;

interface Server {
  variable: string;
  host: string;
  port: number;
  probe: () => Promise<ServerProbe>;
  /** The schema that is kept there. */
  schema?: 'clickhouse' | 'postgres';
}

/** Each server that is set: whether it takes connections, answers, keeps our time, and has the schema of this version. */
export async function checkServers(config: Config): Promise<Finding[]> {
  return (await Promise.all(serversOf(config).map(checkServer))).flat();
}

function serversOf({ kafkaBrokers = [], clickhouseUrl, redisUrl, postgresUrl }: Config): Server[] {
  const servers: Server[] = kafkaBrokers.map((broker) => {
    const place = hostAndPort(broker, 9092);
    const bare = `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`;
    return { variable: 'KAFKA_BROKERS', ...place, probe: () => probeKafka(kafkaBrokers, bare) };
  });
  if (clickhouseUrl !== undefined)
    servers.push({
      variable: 'CLICKHOUSE_URL',
      ...hostAndPort(clickhouseUrl, clickhouseUrl.startsWith('https:') ? 443 : 80),
      probe: () => probeClickhouse(clickhouseUrl),
      schema: 'clickhouse',
    });
  for (const address of redisUrl?.split(',') ?? []) {
    const place = hostAndPort(address, 6379);
    servers.push({ variable: 'REDIS_URL', ...place, probe: () => probeRedis(redisUrl ?? '', place) });
  }
  if (postgresUrl !== undefined)
    servers.push({
      variable: 'POSTGRES_URL',
      ...hostAndPort(postgresUrl, 5432),
      probe: () => probePostgres(postgresUrl),
      schema: 'postgres',
    });
  return servers;
}

async function checkServer({ variable, host, port, probe, schema }: Server): Promise<Finding[]> {
  const place = `${host}:${port}`;
  const unreachable = await connectionFault(host, port);
  if (unreachable !== undefined)
    return [
      wrong(
        variable,
        `${place}: ${unreachable}`,
        `start it, let this host through to it, or correct ${variable}`,
      ),
    ];
  let answer: ServerProbe;
  try {
    answer = await probe();
  } catch (error) {
    const why = messageOf(error);
    const detail = `${place} takes connections, but does not answer as it should: ${why}`;
    return [wrong(variable, detail, remedyFor(why, variable, host))];
  }
  const { version, tookMs, skewMs, migrations, faults } = answer;
  return [
    ok(
      variable,
      `${place} answers in ${tookMs.toFixed(1)} ms${version === undefined ? '' : ` (${version})`}`,
    ),
    ...faults.map(({ detail, remedy }) => wrong(variable, `${place}: ${detail}`, remedy)),
    ...(skewMs === undefined ? [] : [checkSkew(`clock of ${variable}`, skewMs, tookMs)]),
    ...(schema === undefined ? [] : [checkMigrations(schema, migrations)]),
  ];
}

/** By what Node.js says of a TLS peer; its codes do not come through every driver. */
function remedyFor(why: string, variable: string, host: string): string {
  if (/certificate has expired|certificate is not yet valid/i.test(why))
    return 'renew its certificate, or set the clock of this host right';
  if (/altnames/i.test(why))
    return `name it in ${variable} as its certificate does, or have one that names ${host}`;
  if (/certificate/i.test(why))
    return 'name the file of the authority that signed its certificate (PEM) in NODE_EXTRA_CA_CERTS';
  return `correct user, password and kind of server in ${variable}, or look at its log`;
}

/** `uncertainMs`: how long the question took; the server's time is known only that well. */
export function checkSkew(what: string, skewMs: number, uncertainMs: number): Finding {
  const off = Math.max(0, Math.abs(skewMs) - uncertainMs / 2);
  const side = skewMs < 0 ? 'behind' : 'ahead of';
  if (off <= SKEW_MS_MAX) return ok(what, `${Math.round(Math.abs(skewMs))} ms ${side} this host`);
  const detail = `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${side} this host`;
  return wrong(what, detail, 'let both keep time by NTP (timedatectl set-ntp true)');
}

function messageOf(error: unknown): string {
  const { message = String(error), code } = error as NodeJS.ErrnoException;
  // An AggregateError of several addresses has no message of its own.
  return (message === '' ? String(code) : message).split('\n')[0] ?? '';
}

/** Of a URL or of `host:port`; user and password are left out. */
function hostAndPort(address: string, fallback: number): { host: string; port: number } {
  const bare = address.replace(/^[\w+-]+:\/\//, '').replace(/^[^@/]*@/, '');
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
    socket.setTimeout(CONNECT_MS, () => end(`no answer in ${CONNECT_MS / 1_000} s`));
    socket.once('connect', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
