import { resolve } from 'node:path';
import { readConfig, VARIABLES } from './config';

const faultsOf = (environment: Record<string, string>) => {
  const read = readConfig({ environment });
  return read.ok ? [] : read.faults.map(({ variable, message }) => `${variable} ${message}`);
};

test('a replica of the lookups needs them, and the log, on servers', () => {
  const variable = 'MUSTER_LOOKUPS_REPLICA';
  const faultsOf = (more: Record<string, string>) => {
    const read = readConfig({
      environment: {
        MUSTER_ADMIN_TOKEN: 'a'.repeat(16),
        MUSTER_SECRET: 'b'.repeat(16),
        [variable]: 'on',
        ...more,
      },
    });
    return read.ok ? read.config.lookupsReplica : read.faults.map(({ message }) => message.split(':')[0]);
  };
  const kafka = { KAFKA_BROKERS: 'k:9092' };
  const redis = { REDIS_URL: 'redis://r' };
  expect(faultsOf({})).toEqual(['needs REDIS_URL', 'needs KAFKA_BROKERS']);
  expect(faultsOf(redis)).toEqual(['needs KAFKA_BROKERS']);
  expect(faultsOf({ ...redis, ...kafka })).toBe(true);
  expect(faultsOf({ [variable]: 'off' })).toBe(false);
  expect(faultsOf({ ...redis, ...kafka, [variable]: 'yes' })).toEqual(['must be on or off']);
  expect(faultsOf({ MUSTER_REPLICA_MAX_LAG: '0', [variable]: 'off' })).toEqual([
    'must be seconds from 1 to 3600',
  ]);
});

test('an empty environment gives the documented defaults', () => {
  const read = readConfig({ environment: {} });
  expect(read).toEqual({
    ok: true,
    config: {
      dataDir: resolve('data'),
      host: '127.0.0.1',
      port: 8080,
      collectorPort: 8081,
      bidderPort: 8082,
      opsPort: 9464,
      collectorUrl: 'http://localhost:8081',
      bidderUrl: 'http://localhost:8082',
      lookupsReplica: false,
      replicaMaxLagSeconds: 30,
      retentionDays: 400,
      logLevel: 'info',
    },
  });
});

test('an empty or blank variable counts as absent', () => {
  expect(readConfig({ environment: { MUSTER_PORT: '', LOG_LEVEL: ' ' } })).toMatchObject({
    ok: true,
    config: { port: 8080, logLevel: 'info' },
  });
});

test('what is given is taken, addresses without the slash at their end', () => {
  const environment = {
    MUSTER_DATA_DIR: '/var/lib/muster',
    MUSTER_HOST: '::',
    MUSTER_PORT: '1',
    MUSTER_COLLECTOR_PORT: '65535',
    MUSTER_COLLECTOR_URL: 'https://c.example.com/m/',
    MUSTER_BIDDER_URL: 'http://b.example.com',
    MUSTER_ADMIN_TOKEN: '0123456789 abcdef',
    MUSTER_SECRET: '!"#$%&\'()*+,-./~',
    MUSTER_TCF_VENDOR_ID: '755',
    MUSTER_RETENTION_DAYS: '30',
    LOG_LEVEL: 'debug',
    KAFKA_BROKERS: 'a:9092, [::1]:9092',
    CLICKHOUSE_URL: 'https://u:p@ch:8443',
    CLICKHOUSE_CLUSTER: 'audiences_1',
    REDIS_URL: 'rediss://r',
    POSTGRES_URL: 'postgresql://p/db',
  };
  expect(readConfig({ environment })).toMatchObject({
    ok: true,
    config: {
      dataDir: '/var/lib/muster',
      host: '::',
      port: 1,
      collectorPort: 65_535,
      collectorUrl: 'https://c.example.com/m',
      bidderUrl: 'http://b.example.com',
      adminToken: '0123456789 abcdef',
      secret: '!"#$%&\'()*+,-./~',
      tcfVendorId: 755,
      retentionDays: 30,
      logLevel: 'debug',
      kafkaBrokers: ['a:9092', '[::1]:9092'],
      clickhouseUrl: 'https://u:p@ch:8443',
      clickhouseCluster: 'audiences_1',
      redisUrl: 'rediss://r',
      postgresUrl: 'postgresql://p/db',
    },
  });
});

test('every fault is named at once, in the order of the variables', () => {
  expect(
    faultsOf({
      LOG_LEVEL: 'loud',
      MUSTER_PORT: '80a',
      MUSTER_HOST: 'a b',
      MUSTER_COLLECTOR_PORT: '0',
      MUSTER_BIDDER_PORT: '65536',
      MUSTER_COLLECTOR_URL: 'ftp://x',
      MUSTER_BIDDER_URL: 'http://x/?a=b',
      MUSTER_ADMIN_TOKEN: 'short',
      MUSTER_SECRET: 'sixteen characters and a \u00e9',
      MUSTER_TCF_VENDOR_ID: '-1',
      MUSTER_RETENTION_DAYS: '1.5',
      KAFKA_BROKERS: 'a:9092,b',
      CLICKHOUSE_URL: 'tcp://x',
      CLICKHOUSE_CLUSTER: 'a.b',
      REDIS_URL: 'localhost:6379',
      POSTGRES_URL: 'mysql://x',
    }),
  ).toEqual([
    'MUSTER_HOST must be an address or host name without a port',
    'MUSTER_PORT must be a port from 1 to 65535',
    'MUSTER_COLLECTOR_PORT must be a port from 1 to 65535',
    'MUSTER_BIDDER_PORT must be a port from 1 to 65535',
    'MUSTER_COLLECTOR_URL must be a URL that begins with http:// or https://',
    'MUSTER_BIDDER_URL must have no query and no fragment',
    'MUSTER_ADMIN_TOKEN must be 16 or more printable ASCII characters, without a blank at either end',
    'MUSTER_SECRET must be 16 or more printable ASCII characters, without a blank at either end',
    'KAFKA_BROKERS must be host:port, several separated by commas',
    'CLICKHOUSE_URL must be a URL that begins with http:// or https://',
    'CLICKHOUSE_CLUSTER must be a name of letters, digits, _ and -',
    'REDIS_URL must be a URL that begins with redis:// or rediss://',
    'POSTGRES_URL must be a URL that begins with postgres:// or postgresql://',
    'MUSTER_TCF_VENDOR_ID must be a vendor id from 1 to 65535',
    'MUSTER_RETENTION_DAYS must be days from 1 to 3650',
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
  ]);
});

test('a cluster is nothing without an address', () => {
  expect(faultsOf({ CLICKHOUSE_CLUSTER: 'audiences' })).toEqual([
    'CLICKHOUSE_CLUSTER needs CLICKHOUSE_URL, the address of one of its servers',
  ]);
});

test('two services cannot have one port, defaults included', () => {
  expect(faultsOf({ MUSTER_BIDDER_PORT: '8080' })).toEqual([
    'MUSTER_BIDDER_PORT is the same port as MUSTER_PORT, 8080',
  ]);
});

test('with an engine of its own, token and secret must be given', () => {
  expect(faultsOf({ REDIS_URL: 'redis://a:1,b:2' })).toEqual([
    'MUSTER_ADMIN_TOKEN must be given once REDIS_URL is set',
    'MUSTER_SECRET must be given once REDIS_URL is set',
  ]);
});

test('help names every variable once', () => {
  const names = VARIABLES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
