import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Router, type Request, type Response } from 'express';
import type { Role } from '../../shared/domain/snapshot';
import type { Lake } from '../../shared/stores/lake/lake';
import { keyOf } from './credentials';
import { exceptionText } from './exception';
import { readQueryRequest } from './query-request';
import { QueryRunner, type QueryAnswer } from './query-runner';
import { badRequest, type Refusal } from './refusal';
import { readBody } from './request-body';

export interface ClickhouseRouterOptions {
  lake: Lake;
  /** Whose key it is; undefined for none. */
  authenticate: (key: string) => Promise<{ role: Role } | undefined>;
}

const compress = promisify(gzip);

/**
 * ClickHouse's HTTP interface for analysts, read-only: `GET|POST /?query=…` and `/ping`. Mount it before
 * anything that reads bodies. Answers and errors have ClickHouse's form, which its clients parse.
 */
export function clickhouseRouter({ lake, authenticate }: ClickhouseRouterOptions): Router {
  const runner = new QueryRunner(lake);
  const router = Router();

  const answer = async (request: Request, response: Response): Promise<void> => {
    const denied = await checkCaller(request, authenticate);
    if (denied !== undefined) return sendRefusal(response, denied);
    const parts = await readParts(request, lake.database);
    if (!('parameters' in parts)) {
      // Something of the body may be unread: the connection cannot carry another request.
      response.setHeader('Connection', 'close');
      return sendRefusal(response, parts);
    }
    const query = readQueryRequest(parts);
    if (!query.ok) return sendRefusal(response, query);
    response.setHeader('X-ClickHouse-Query-Id', query.queryId ?? randomUUID());
    const result = await runner.run(query);
    if (!result.ok) return sendRefusal(response, result);
    await sendAnswer(request, response, result, query.compress);
  };

  router.get(['/ping', '/replicas_status'], (_request, response) => {
    response.type('text/plain').send('Ok.\n');
  });
  router.get('/', answer);
  router.post('/', answer);
  return router;
}

async function checkCaller(
  request: Request,
  authenticate: ClickhouseRouterOptions['authenticate'],
): Promise<Refusal | undefined> {
  const key = keyOf(request.headers);
  const caller = key === undefined ? undefined : await authenticate(key);
  if (caller === undefined) {
    const message =
      'Authentication failed: a key of role analyst as Bearer, as password with Basic, or as X-ClickHouse-Key';
    return { ok: false, code: 516, type: 'AUTHENTICATION_FAILED', status: 401, message };
  }
  if (caller.role.kind === 'analyst' || caller.role.kind === 'admin') return undefined;
  return {
    ok: false,
    code: 497,
    type: 'ACCESS_DENIED',
    status: 403,
    message: `a key of role ${caller.role.kind} may not query`,
  };
}

async function readParts(request: Request, database: string) {
  if (/^multipart\//i.test(request.headers['content-type'] ?? ''))
    return badRequest('external tables (multipart) are not supported');
  const body = request.method === 'POST' ? await readBody(request) : '';
  if (typeof body !== 'string') return body;
  const { searchParams } = new URL(request.originalUrl, 'http://localhost');
  return { parameters: searchParams, headers: request.headers, body, database };
}

async function sendAnswer(
  request: Request,
  response: Response,
  answer: QueryAnswer,
  mayCompress: boolean,
): Promise<void> {
  response.status(200).set({
    'Content-Type': answer.mediaType,
    'Cache-Control': 'no-store',
    'X-ClickHouse-Format': answer.format,
    'X-ClickHouse-Server-Display-Name': 'muster',
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Summary': JSON.stringify({
      read_rows: String(answer.readRows),
      read_bytes: String(answer.readBytes),
      written_rows: '0',
      written_bytes: '0',
      total_rows_to_read: '0',
      result_rows: '0',
      result_bytes: String(answer.body.length),
      elapsed_ns: String(answer.elapsedNs),
    }),
  });
  if (!mayCompress || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    response.end(answer.body);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.end(await compress(answer.body));
}

function sendRefusal(response: Response, refusal: Refusal): void {
  if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="muster", charset="UTF-8"');
  if (refusal.status === 503) response.setHeader('Retry-After', '1');
  response
    .status(refusal.status)
    .set({
      'Content-Type': 'text/plain; charset=UTF-8',
      'Cache-Control': 'no-store',
      'X-ClickHouse-Exception-Code': String(refusal.code),
      'X-ClickHouse-Server-Display-Name': 'muster',
    })
    .end(exceptionText(refusal));
}
