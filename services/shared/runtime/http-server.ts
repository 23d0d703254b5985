import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { sendProblem } from './problem';

export { sendProblem } from './problem';

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Named in logs. */
  name: string;
  logger: Logger;
  /** Every request but `/healthz` and `/readyz`. What it throws or rejects with becomes a 500. */
  handle: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
  /** What is lacking before the whole job can be done; empty: ready. */
  missing: () => string[] | Promise<string[]>;
  /** Further connections are closed at once. @default no limit */
  maxConnections?: number;
  /** Longest time a request may take to arrive, ms; 0: no limit. @default 300000 */
  requestTimeoutMs?: number;
  /** Longest time that `close` waits for requests in flight, ms. @default 8000 */
  drainMs?: number;
}

export interface HttpServer {
  port: number;
  /** Stops accepting, lets requests in flight finish, closes idle connections. Safe to call twice. */
  close(): Promise<void>;
}

/** Serves on bare `node:http`; answers `GET /healthz` and `GET /readyz` itself. Rejects when it cannot listen. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, name, logger, handle, missing, drainMs = 8_000 } = options;

  const fail = (req: IncomingMessage, res: ServerResponse, error: unknown): void => {
    logger.error({ err: error, server: name, method: req.method, path: pathOf(req) }, 'request failed');
    // Half an answer cannot be mended: cutting the connection tells the client so.
    if (res.headersSent) res.destroy();
    else
      sendProblem(res, 500, { title: 'Internal Server Error', detail: 'the request could not be handled' });
  };

  const server = createServer((req, res) => {
    try {
      const health = healthPath(req.url ?? '');
      const pending = health === undefined ? handle(req, res) : answerHealth(health, req, res, missing);
      if (pending instanceof Promise) pending.catch((error: unknown) => fail(req, res, error));
    } catch (error) {
      fail(req, res, error);
    }
  });
  server.requestTimeout = options.requestTimeoutMs ?? 300_000;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;

  await listen(server, host, port);
  // Without a listener of its own a late error of the server would end the process.
  server.on('error', (error) => logger.error({ err: error, server: name }, 'server error'));

  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => (closing ??= drain(server, drainMs)),
  };
}

function healthPath(url: string): '/healthz' | '/readyz' | undefined {
  if (url === '/healthz' || url.startsWith('/healthz?')) return '/healthz';
  if (url === '/readyz' || url.startsWith('/readyz?')) return '/readyz';
  return undefined;
}

async function answerHealth(
  path: '/healthz' | '/readyz',
  req: IncomingMessage,
  res: ServerResponse,
  missing: HttpServerOptions['missing'],
): Promise<void> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('allow', 'GET, HEAD');
    return sendProblem(res, 405, { title: 'Method Not Allowed', detail: `${path} answers GET` });
  }
  const lacking = path === '/healthz' ? [] : await missing();
  const ready = lacking.length === 0;
  const body = JSON.stringify(
    path === '/healthz' ? { status: 'alive' } : { status: ready ? 'ready' : 'not ready', missing: lacking },
  );
  res.writeHead(ready ? 200 : 503, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  res.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function drain(server: Server, drainMs: number): Promise<void> {
  // A connection whose last answer has just gone out is idle only now: look again until none is left.
  const idle = setInterval(() => server.closeIdleConnections(), 25);
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(idle);
  clearTimeout(deadline);
}

/** Without the query: it carries identities and consent strings, which have no place in a log. */
function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}
