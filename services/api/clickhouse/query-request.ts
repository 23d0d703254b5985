import { LakeError } from '../../shared/stores/lake/lake-error';
import { bindValues } from '../../shared/stores/lake/bind';
import { SqlSyntaxError } from '../../shared/stores/lake/sql-tokens';
import { paramValue } from './param-values';
import { readSettings, type QuerySettings } from './query-settings';
import { badRequest, unreadable, type Refusal } from './refusal';

/** What one HTTP request asks for, in the form of ClickHouse's HTTP interface. */
export interface QueryRequest {
  ok: true;
  /** Parameters are bound; nothing is checked yet. */
  sql: string;
  /** Used when the statement has no FORMAT clause. */
  defaultFormat: string;
  settings: QuerySettings;
  queryId: string | undefined;
  /** The client reads compressed answers when its Accept-Encoding says so too. */
  compress: boolean;
  /** Revision in which the client reads Native blocks; 0 without any. */
  protocolVersion: number;
}

export interface HttpParts {
  /** Of the URL. */
  parameters: URLSearchParams;
  /** `X-ClickHouse-…` headers, lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decoded body, empty with GET. */
  body: string;
  database: string;
}

const QUERY_ID = /^[\w.:-]{1,128}$/;

/** Reads URL, headers and body; a fault is a refusal with its name. */
export function readQueryRequest({ parameters, headers, body, database }: HttpParts): QueryRequest | Refusal {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const take = (name: string): string | undefined => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const rest = new Map(parameters);
  if (rest.has('password'))
    return badRequest('a password in the URL would end up in logs: use Basic, Bearer or X-ClickHouse-Key');
  if (take('compress') === '1' || take('decompress') === '1') {
    return badRequest("ClickHouse's own compression is not offered: use gzip (enable_http_compression)");
  }
  for (const name of ['session_id', 'session_check', 'session_timeout', 'role']) {
    if (rest.has(name)) return badRequest(`${name} is not supported: every request stands alone`);
  }
  const asked = take('database') ?? header('x-clickhouse-database') ?? '';
  if (asked !== '' && asked !== 'default' && asked !== database) {
    return {
      ok: false,
      code: 81,
      type: 'UNKNOWN_DATABASE',
      status: 404,
      message: `Database ${asked} does not exist`,
    };
  }
  const defaultFormat = take('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated';
  const queryId = take('query_id');
  if (queryId !== undefined && queryId !== '' && !QUERY_ID.test(queryId))
    return badRequest('query_id has other characters than letters, digits, ._:-');
  const compress = take('enable_http_compression') === '1';
  const protocolVersion = Number(take('client_protocol_version') ?? 0);
  if (!Number.isSafeInteger(protocolVersion) || protocolVersion < 0)
    return badRequest('client_protocol_version is not a number');
  const text = [take('query') ?? '', body].filter((part) => part !== '').join('\n');
  const values = new Map<string, string>();
  for (const name of [...rest.keys()])
    if (name.startsWith('param_')) values.set(name.slice(6), take(name) ?? '');
  const settings = readSettings(rest);
  if (!settings.ok) return settings;
  const sql = bindText(text, values);
  if (typeof sql !== 'string') return sql;
  return {
    ok: true,
    sql,
    defaultFormat,
    settings: settings.settings,
    queryId: queryId === '' ? undefined : queryId,
    compress,
    protocolVersion,
  };
}

function bindText(text: string, values: ReadonlyMap<string, string>): string | Refusal {
  try {
    return bindValues(text, (name, type) => {
      const value = values.get(name);
      return value === undefined ? undefined : paramValue(value, type);
    });
  } catch (error) {
    if (error instanceof SqlSyntaxError) return unreadable(`${error.message}, position ${error.position}`);
    if (error instanceof LakeError && error.code === 'invalid') {
      return { ok: false, code: 456, type: 'UNKNOWN_QUERY_PARAMETER', status: 400, message: error.message };
    }
    throw error;
  }
}
