import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../../shared/runtime/http-server';
import type { ProblemError } from '../../shared/runtime/problem';

export interface Refusal {
  status: 400 | 401 | 403 | 413 | 415;
  code: string;
  detail: string;
}

const TITLES: Readonly<Record<Refusal['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};

/** `json`: ASCII alone, see `asciiJson`. Undefined answers 204. */
export function sendJson(res: ServerResponse, json: string | undefined): void {
  if (json === undefined) {
    res.writeHead(204);
    res.end();
    return;
  }
  res.writeHead(200, ['content-type', 'application/json', 'content-length', String(json.length)]);
  // As text, head and body are one write.
  res.end(json, 'latin1');
}

export function sendInvalid(res: ServerResponse, errors: ProblemError[]): void {
  const first = errors[0];
  const detail =
    first === undefined ? 'the request is invalid' : `${first.path || 'the body'} ${first.message}`;
  sendProblem(res, 400, { title: TITLES[400], code: 'invalid_request', detail, errors });
}

export function refuse(req: IncomingMessage, res: ServerResponse, { status, code, detail }: Refusal): void {
  req.resume();
  if (status === 401) res.setHeader('www-authenticate', 'Bearer');
  // The rest of an endless body is not waited for.
  if (status === 413) res.setHeader('connection', 'close');
  const errors = status === 400 ? [{ path: '', code, message: detail }] : [];
  sendProblem(res, status, { title: TITLES[status], code, detail, errors });
}
