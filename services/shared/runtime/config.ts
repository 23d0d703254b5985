import { resolve } from 'node:path';
import { z } from 'zod';

/** Everything that can be set from outside. Given once at start, never changed. */
export interface Config {
  /** Absolute path. */
  dataDir: string;
  host: string;
  /** API, docs, console, ClickHouse for analysts. */
  port: number;
  collectorPort: number;
  bidderPort: number;
  /** Loopback only: metrics of all processes, health. */
  opsPort: number;
  /** Public addresses that cookies, tags and notices are built from; without a slash at the end. */
  collectorUrl: string;
  bidderUrl: string;
  /** Absent only until secrets were made in the data directory. */
  adminToken?: string;
  secret?: string;
  kafkaBrokers?: string[];
  clickhouseUrl?: string;
  /** Name of a cluster in ClickHouse's own configuration. */
  clickhouseCluster?: string;
  redisUrl?: string;
  postgresUrl?: string;
  /** Bidders look persons up in a copy on their own host; whoever writes the lookups publishes them for it. */
  lookupsReplica: boolean;
  replicaMaxLagSeconds: number;
  tcfVendorId?: number;
  retentionDays: number;
  logLevel: LogLevel;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFault {
  variable: string;
  message: string;
}

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: ConfigFault[] };

/** Names, meaning and default of every variable, in the order in which help shows them. */
export const VARIABLES: readonly { name: string; meaning: string; default: string }[] = [
  { name: 'MUSTER_DATA_DIR', meaning: 'where the embedded engines keep their data', default: './data' },
  { name: 'MUSTER_HOST', meaning: 'address to listen on', default: '127.0.0.1' },
  { name: 'MUSTER_PORT', meaning: 'API, docs, ClickHouse for analysts', default: '8080' },
  { name: 'MUSTER_COLLECTOR_PORT', meaning: 'pixel, sync, events, provider records', default: '8081' },
  { name: 'MUSTER_BIDDER_PORT', meaning: 'OpenRTB and notices', default: '8082' },
  { name: 'MUSTER_OPS_PORT', meaning: 'metrics and health of all processes, loopback only', default: '9464' },
  {
    name: 'MUSTER_COLLECTOR_URL',
    meaning: "the collector's public address",
    default: 'http://localhost:<port>',
  },
  { name: 'MUSTER_BIDDER_URL', meaning: "the bidder's public address", default: 'http://localhost:<port>' },
  {
    name: 'MUSTER_ADMIN_TOKEN',
    meaning: 'the admin key, 16 or more printable characters',
    default: 'made and kept',
  },
  { name: 'MUSTER_SECRET', meaning: 'signs notices, encrypts partner ids', default: 'made and kept' },
  {
    name: 'KAFKA_BROKERS',
    meaning: '[sasl_ssl://user:password@]host:port,… of Apache Kafka',
    default: 'embedded log',
  },
  { name: 'CLICKHOUSE_URL', meaning: 'http(s) address of ClickHouse', default: 'embedded ClickHouse' },
  {
    name: 'CLICKHOUSE_CLUSTER',
    meaning: 'name of the cluster that CLICKHOUSE_URL leads to',
    default: 'one server',
  },
  { name: 'REDIS_URL', meaning: 'redis(s) address of Redis or Valkey', default: 'embedded lookups' },
  { name: 'POSTGRES_URL', meaning: 'postgres address', default: 'embedded Postgres' },
  {
    name: 'MUSTER_LOOKUPS_REPLICA',
    meaning: 'on, alike for every process: bidders look people up on their own host',
    default: 'off',
  },
  {
    name: 'MUSTER_REPLICA_MAX_LAG',
    meaning: 'seconds it may be behind before a bidder is not ready',
    default: '30',
  },
  {
    name: 'MUSTER_TCF_VENDOR_ID',
    meaning: 'our id in the TCF vendor list',
    default: 'vendor bit not asked for',
  },
  {
    name: 'MUSTER_RETENTION_DAYS',
    meaning: 'how old a record may be, and how long it is kept',
    default: '400',
  },
  { name: 'LOG_LEVEL', meaning: LOG_LEVELS.join(', '), default: 'info' },
];

const integer = (min: number, max: number, what: string) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      message: `must be ${what} from ${min} to ${max}`,
    })
    .transform(Number);

const port = (fallback: number) => integer(1, 65_535, 'a port').default(fallback);

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      message: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    })
    .optional();

/** A base that paths are appended to: without a query, a fragment or a slash at the end. */
const publicUrl = url(['http:', 'https:'])
  .refine((text) => text === undefined || !/[?#]/.test(text), {
    message: 'must have no query and no fragment',
  })
  .transform((text) => text?.replace(/\/+$/, ''));

/** Printable ASCII, as an HTTP header carries it; blanks at an end would be cut on the way. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e][\x20-\x7e]{14,}[\x21-\x7e]$/.test(text);
}

const key = z
  .string()
  .refine(isKey, { message: 'must be 16 or more printable ASCII characters, without a blank at either end' })
  .optional();

/** Before the first of them may stand how to reach them all; what that may be, the adapter of Kafka says. */
const BROKER = /^(?:[a-z0-9_+-]+:\/\/(?:[^@/]+@)?)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/;

const schema = z.object({
  MUSTER_DATA_DIR: z.string().default('./data'),
  MUSTER_HOST: z
    .string()
    .refine((text) => /^[A-Za-z0-9.:_-]+$/.test(text), {
      message: 'must be an address or host name without a port',
    })
    .default('127.0.0.1'),
  MUSTER_PORT: port(8080),
  MUSTER_COLLECTOR_PORT: port(8081),
  MUSTER_BIDDER_PORT: port(8082),
  MUSTER_OPS_PORT: port(9464),
  MUSTER_COLLECTOR_URL: publicUrl,
  MUSTER_BIDDER_URL: publicUrl,
  MUSTER_ADMIN_TOKEN: key,
  MUSTER_SECRET: key,
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .refine((brokers) => brokers.every((broker) => BROKER.test(broker)), {
      message: 'must be host:port, several separated by commas',
    })
    .optional(),
  CLICKHOUSE_URL: url(['http:', 'https:']),
  // As ClickHouse has it: no dots. And nothing that would have to be escaped in a path of Keeper.
  CLICKHOUSE_CLUSTER: z
    .string()
    .refine((text) => /^\w[\w-]{0,63}$/.test(text), {
      message: 'must be a name of letters, digits, _ and -',
    })
    .optional(),
  // Several hosts of a cluster are no URL to the parser.
  REDIS_URL: z
    .string()
    .refine((text) => /^rediss?:\/\/[^\s/]+/.test(text), {
      message: 'must be a URL that begins with redis:// or rediss://',
    })
    .optional(),
  POSTGRES_URL: url(['postgres:', 'postgresql:']),
  MUSTER_LOOKUPS_REPLICA: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  MUSTER_REPLICA_MAX_LAG: integer(1, 3600, 'seconds').default(30),
  MUSTER_TCF_VENDOR_ID: integer(1, 65_535, 'a vendor id').optional(),
  MUSTER_RETENTION_DAYS: integer(1, 3650, 'days').default(400),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

const PORTS = ['MUSTER_PORT', 'MUSTER_COLLECTOR_PORT', 'MUSTER_BIDDER_PORT', 'MUSTER_OPS_PORT'] as const;
export const ENGINE_VARIABLES = ['KAFKA_BROKERS', 'CLICKHOUSE_URL', 'REDIS_URL', 'POSTGRES_URL'] as const;

export interface ReadConfigOptions {
  /** The environment to read. @default process.env */
  environment?: Environment;
}

/**
 * Reads and checks the whole environment; an empty variable counts as absent. Answers every fault at once,
 * in the order of the variables, so that nobody has to start twice to learn of the second one.
 */
export function readConfig({ environment = process.env }: ReadConfigOptions = {}): ConfigResult {
  const given: Record<string, string> = {};
  for (const { name } of VARIABLES) {
    const text = environment[name]?.trim();
    if (text !== undefined && text !== '') given[name] = text;
  }

  const parsed = schema.safeParse(given);
  const faults: ConfigFault[] = parsed.success
    ? portsTwice(parsed.data)
    : parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), message: issue.message }));
  faults.push(...engineFaults(given), ...replicaFaults(given));
  if (!parsed.success || faults.length > 0) {
    const order = VARIABLES.map(({ name }) => name);
    return {
      ok: false,
      faults: faults.sort((a, b) => order.indexOf(a.variable) - order.indexOf(b.variable)),
    };
  }

  const values = parsed.data;
  return {
    ok: true,
    config: {
      dataDir: resolve(values.MUSTER_DATA_DIR),
      host: values.MUSTER_HOST,
      port: values.MUSTER_PORT,
      collectorPort: values.MUSTER_COLLECTOR_PORT,
      bidderPort: values.MUSTER_BIDDER_PORT,
      opsPort: values.MUSTER_OPS_PORT,
      collectorUrl: values.MUSTER_COLLECTOR_URL ?? `http://localhost:${values.MUSTER_COLLECTOR_PORT}`,
      bidderUrl: values.MUSTER_BIDDER_URL ?? `http://localhost:${values.MUSTER_BIDDER_PORT}`,
      adminToken: values.MUSTER_ADMIN_TOKEN,
      secret: values.MUSTER_SECRET,
      kafkaBrokers: values.KAFKA_BROKERS,
      clickhouseUrl: values.CLICKHOUSE_URL,
      clickhouseCluster: values.CLICKHOUSE_CLUSTER,
      redisUrl: values.REDIS_URL,
      postgresUrl: values.POSTGRES_URL,
      lookupsReplica: values.MUSTER_LOOKUPS_REPLICA === 'on',
      replicaMaxLagSeconds: values.MUSTER_REPLICA_MAX_LAG,
      tcfVendorId: values.MUSTER_TCF_VENDOR_ID,
      retentionDays: values.MUSTER_RETENTION_DAYS,
      logLevel: values.LOG_LEVEL,
    },
  };
}

/** Whether npm (or npx) started this process. */
export function startedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined || process.env['npm_command'] !== undefined;
}

/** This process's environment for a child, with these in it. */
export function environmentWith(changes: Record<string, string>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  return { ...environment, ...changes };
}

/** The environment of a child process: this one's, with what the parent has settled since. */
export function childEnvironment({
  adminToken,
  secret,
}: {
  adminToken: string;
  secret: string;
}): Record<string, string> {
  return environmentWith({ MUSTER_ADMIN_TOKEN: adminToken, MUSTER_SECRET: secret });
}

function portsTwice(values: Record<(typeof PORTS)[number], number>): ConfigFault[] {
  return PORTS.flatMap((variable, index) => {
    const taken = PORTS.slice(0, index).find((other) => values[other] === values[variable]);
    return taken === undefined
      ? []
      : [{ variable, message: `is the same port as ${taken}, ${values[variable]}` }];
  });
}

function engineFaults(given: Record<string, string>): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const engines = ENGINE_VARIABLES.filter((variable) => given[variable] !== undefined);
  // Several hosts share these engines: keys made by each for itself would not agree.
  for (const variable of ['MUSTER_ADMIN_TOKEN', 'MUSTER_SECRET'])
    if (engines.length > 0 && given[variable] === undefined)
      faults.push({ variable, message: `must be given once ${engines.join(', ')} is set` });
  if (given['CLICKHOUSE_CLUSTER'] !== undefined && given['CLICKHOUSE_URL'] === undefined)
    faults.push({
      variable: 'CLICKHOUSE_CLUSTER',
      message: 'needs CLICKHOUSE_URL, the address of one of its servers',
    });
  return faults;
}

function replicaFaults(given: Record<string, string>): ConfigFault[] {
  if (given['MUSTER_LOOKUPS_REPLICA'] !== 'on') return [];
  const variable = 'MUSTER_LOOKUPS_REPLICA';
  const faults: ConfigFault[] = [];
  if (given['REDIS_URL'] === undefined)
    faults.push({ variable, message: 'needs REDIS_URL: embedded lookups are on the host already' });
  if (given['KAFKA_BROKERS'] === undefined)
    faults.push({ variable, message: 'needs KAFKA_BROKERS: it follows a topic that Kafka compacts' });
  return faults;
}
