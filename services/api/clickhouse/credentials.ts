import type { IncomingHttpHeaders } from 'node:http';

/** The key of a request: Bearer, password of Basic (RFC 7617), or `X-ClickHouse-Key`. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const own = headers['x-clickhouse-key'];
  if (typeof own === 'string' && own !== '') return own;
  const [scheme = '', credentials = ''] = (headers.authorization ?? '').trim().split(/ +/, 2);
  if (/^bearer$/i.test(scheme)) return credentials === '' ? undefined : credentials;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const password = pair.slice(pair.indexOf(':') + 1);
  return pair.includes(':') && password !== '' ? password : undefined;
}
