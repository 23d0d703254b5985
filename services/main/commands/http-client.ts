import { request, type IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
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
  body?: string | Buffer | Readable;
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
 * CommandError when nobody answers, or when the status is not 2xx, with what the problem says.
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
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, host, port)));
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
    else pipeline(body, outgoing).catch(reject);
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new CommandError(refusal(answer));
}

/** Listening on every address means, for a client on the same host, loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function unreachable(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'ECONNREFUSED') return error;
  return new CommandError(`nothing listens on ${host}:${port}; start the platform with \`muster serve\``);
}

interface ProblemText {
  title?: string;
  detail?: string;
  errors?: { path?: string; message?: string }[];
}

function refusal({ status, headers, body }: Answer): string {
  if (!String(headers['content-type']).includes('application/problem+json'))
    return `${status}: ${body.trim()}`;
  const { title, detail, errors = [] } = JSON.parse(body) as ProblemText;
  const places = errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('');
  return `${status} ${title}: ${detail}${places}`;
}
