/** Where Redis is. Faults name REDIS_URL and never repeat what it holds: it may carry a password. */
export interface RedisAddress {
  hosts: { host: string; port: number }[];
  /** Several hosts, or `?cluster=true`: Redis Cluster, and the hosts are those asked for its nodes. */
  cluster: boolean;
  tls: boolean;
  username?: string;
  password?: string;
  /** Number of the database; 0 in a cluster, which has only that. */
  db: number;
}

const DEFAULT_PORT = 6379;
const FORM = /^(rediss?):\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/;

/**
 * Reads `redis[s]://[user[:password]@]host[:port][,host[:port]…][/db][?cluster=true]`. `rediss` is TLS; user and
 * password are percent-encoded, IPv6 addresses stand in brackets.
 * @throws Error that says what is wrong.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, login, hostList, database = '', query] = FORM.exec(url) ?? [];
  if (hostList === undefined) throw fault('must look like redis://user:password@host:port/db');
  const hosts = hostList.split(',').map(parseHost);
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== 'cluster') throw fault(`has an unknown parameter ${name}; known is cluster`);
  }
  if (!/^\d{0,5}$/.test(database)) throw fault('must end in the number of a database, or without a path');
  const cluster = hosts.length > 1 || parameters.get('cluster') === 'true';
  const db = Number(database);
  if (cluster && db !== 0) throw fault('names a database, but a cluster has only database 0');
  return { hosts, cluster, tls: scheme === 'rediss', ...parseLogin(login), db };
}

/** For messages and logs: hosts only. */
export function describeAddress({ hosts, cluster, tls, db }: RedisAddress): string {
  const list = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  return `${tls ? 'rediss' : 'redis'}://${list}${cluster ? ' (cluster)' : `/${db}`}`;
}

function parseHost(text: string): { host: string; port: number } {
  const [, v6, name, portText] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (host === undefined || port < 1 || port > 65_535)
    throw fault('must have hosts of the form host:port, separated by commas');
  return { host, port };
}

function parseLogin(login: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (login === undefined || login === '') return {};
  const colon = login.indexOf(':');
  try {
    const username = decodeURIComponent(colon === -1 ? login : login.slice(0, colon));
    const password = colon === -1 ? undefined : decodeURIComponent(login.slice(colon + 1));
    return { username: username === '' ? undefined : username, password };
  } catch (error) {
    throw fault('must have user and password percent-encoded', error);
  }
}

function fault(message: string, cause?: unknown): Error {
  return new Error(`REDIS_URL ${message}`, { cause });
}
