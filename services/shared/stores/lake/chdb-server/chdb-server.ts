/**
 * ClickHouse's HTTP interface in front of chDB, for tests and demonstrations where no ClickHouse server can be installed:
 * it is the same engine. Started as a process of its own with a directory and a port. Speaks what `@clickhouse/client` and curl
 * use of https://clickhouse.com/docs/interfaces/http: the statement in `query` and the body, `database`,
 * `default_format`, `param_*`, settings as parameters, errors as `X-ClickHouse-Exception-Code` and text. Of clusters see
 * one-server-cluster.ts. Given a certificate and a login, it answers over HTTPS, to that user alone.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Security } from '../../../local-engines/security';
import { sqlLiteral } from '../bind';
import { execute, openClients } from '../clients';
import { toLakeError } from '../lake-error';
import { LARGE_STATEMENTS } from '../large-statements';
import { Pool } from '../pool';
import { BETWEEN_SERVERS, withoutKeeper } from './one-server-cluster';

const CLIENTS = 6;
/** Parameters that are no settings, or that only a server's own HTTP layer knows. */
const NOT_SETTINGS = new Set([
  'query', 'database', 'default_format', 'query_id', 'session_id', 'wait_end_of_query', 'user', 'password',
  'send_progress_in_http_headers', 'http_headers_progress_interval_ms', 'role',
  // chDB takes these from the text.
  ...Object.keys(LARGE_STATEMENTS),
]); // prettier-ignore

/** What the engine itself is not told of: it has no users. */
const OWN_LOGIN = /(SOURCE\(CLICKHOUSE\()USER '[^']*' PASSWORD '[^']*' /;

async function main(path: string, port: number, security: Security | undefined): Promise<void> {
  const clients = await openClients({ path }, 'default', CLIENTS);
  const pool = new Pool({
    clients,
    ceilings: { normal: CLIENTS, build: CLIENTS, analyst: CLIENTS },
    maxWaiting: 10_000,
  });

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', 'http://server');
    if (url.pathname === '/ping') return void res.end('Ok.\n');
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const sql = [url.searchParams.get('query'), Buffer.concat(chunks).toString('utf8')]
      .filter((part) => part !== null && part !== '')
      .join('\n');
    const database = url.searchParams.get('database') ?? 'default';
    await pool.run('normal', async (client) => {
      // A connection of chDB keeps its database and what was SET: each request begins anew.
      await execute(client, `USE ${database}`);
      const restore: string[] = [];
      for (const [name, value] of url.searchParams) {
        if (NOT_SETTINGS.has(name) || BETWEEN_SERVERS.has(name)) continue;
        await execute(client, `SET ${name} = ${sqlLiteral(value)}`);
        if (!name.startsWith('param_')) restore.push(name);
      }
      try {
        const format =
          url.searchParams.get('default_format') === null ? undefined : ('TabSeparatedRaw' as const);
        const own = withoutKeeper(sql.replace(OWN_LOGIN, '$1'));
        const { body, summary } = await execute(client, own.sql, { defaultFormat: format });
        res.setHeader('X-ClickHouse-Summary', JSON.stringify({
          read_rows: String(summary.readRows),
          read_bytes: String(summary.readBytes),
          elapsed_ns: String(summary.elapsedNs),
        })); // prettier-ignore
        res.end(own.answer ?? body);
      } finally {
        for (const name of restore) await execute(client, `SET ${name} = DEFAULT`);
      }
    });
  };

  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    res.setHeader('content-type', 'text/plain; charset=UTF-8');
    if (security && !hasLogin(req, security)) {
      res.statusCode = 403;
      res.setHeader('X-ClickHouse-Exception-Code', '516');
      res.end('Code: 516. DB::Exception: Authentication failed (AUTHENTICATION_FAILED) (version 0.0.0.0)\n');
      return;
    }
    answer(req, res).catch((error: unknown) => {
      const { code, type = 'UNKNOWN_EXCEPTION', message } = toLakeError(error);
      const number = /^\d+$/.test(code) ? code : '1002';
      res.statusCode = 500;
      res.setHeader('X-ClickHouse-Exception-Code', number);
      res.end(`Code: ${number}. DB::Exception: ${message} (${type}) (version 0.0.0.0)\n`);
    });
  };
  const server = security
    ? createSecureServer(
        { cert: readFileSync(security.certificate), key: readFileSync(security.key) },
        handle,
      )
    : createServer(handle);
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
}

function hasLogin({ headers }: IncomingMessage, { user, password }: Security): boolean {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const byHeaders = headers['x-clickhouse-user'] === user && headers['x-clickhouse-key'] === password;
  return headers.authorization === basic || byHeaders;
}

const [, , path = '', port, security] = process.argv;
void main(path, Number(port), security === undefined ? undefined : (JSON.parse(security) as Security));
