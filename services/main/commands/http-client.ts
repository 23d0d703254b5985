import { request, type IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CommandError } from './settings';

export interface SendOptions {
  host: string;
  port: number;
  /** With the query. */
  path: string;
  method: 'GET' | 'POST';
  key: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Gets the answer's body as it comes when the status is 2xx; without it the body is in the answer. */
  sink?: NodeJS.WritableStream;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * One request to the running platform. No time-outs: a large import may take its time. Rejects with
 * UnreachableError when nobody answers, RefusedError when the status is not 2xx, with what the problem says.
 */
export async function send({
  host,
  port,
  path,
  method,
  key,
  headers,
  body,
  sink,
}: SendOptions): Promise<Answer> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      {
        host: reachable(host),
        port,
        path,
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
      },
      (incoming) => {
        const status = incoming.statusCode ?? 0;
        const done = (text: string): void => resolve({ status, headers: incoming.headers, body: text });
        if (sink !== undefined && status >= 200 && status < 300)
          return void pipeline(incoming, sink, { end: false }).then(() => done(''), reject);
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
        incoming.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, host, port)));
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, host, port)));
    outgoing.end(body);
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new RefusedError(answer);
}

/** Nobody answers there, or no longer. */
export class UnreachableError extends CommandError {
  override readonly name = 'UnreachableError';
}

/** The platform answered, and not with what was asked for. */
export class RefusedError extends CommandError {
  override readonly name = 'RefusedError';
  readonly status: number;
  /** As it came. */
  readonly body: string;

  constructor(answer: Answer) {
    super(refusal(answer));
    this.status = answer.status;
    this.body = answer.body;
  }
}

/** Listening on every address means, for a client on the same host, loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name cannot be looked up',
};

function unreachable(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const code = error.code ?? '';
  const why = code.startsWith('HPE_') ? 'what answers there does not speak HTTP' : UNREACHABLE[code];
  if (why === undefined) return error;
  return new UnreachableError(
    `${host}:${port}: ${why}; start the platform with \`muster serve\`, or set MUSTER_HOST and the ports as it has them (\`muster doctor\` looks)`,
  );
}

/** What a status usually asks of whoever sees it. */
const NEXT: Record<number, string> = {
  401: '\n  set MUSTER_ADMIN_TOKEN, or MUSTER_DATA_DIR to the data directory of that platform',
  503: '\n  `muster doctor` tells what is missing',
};

interface ProblemText {
  title?: string;
  detail?: string;
  errors?: { path?: string; message?: string }[];
}

function refusal({ status, headers, body }: Answer): string {
  if (!String(headers['content-type']).includes('application/problem+json'))
    return `${status}: ${body.trim()}${NEXT[status] ?? ''}`;
  const { title, detail, errors = [] } = JSON.parse(body) as ProblemText;
  const places = errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('');
  return `${status} ${title}: ${detail}${places}${NEXT[status] ?? ''}`;
}
