import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { letDocumentationAsk } from './documentation-page';
import { sendProblem } from './problem';

export { sendProblem } from './problem';

/** Where connections come from when this process does not listen itself. */
export interface ConnectionSource {
  port: number;
  /** Hands over every connection from now on, unread. */
  start(onConnection: (socket: Socket) => void): void;
  /** Asks for no more. */
  stop(): void;
}

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Serves the connections that another process accepted, instead of listening on `host` and `port`. */
  connections?: ConnectionSource;
  /** Named in logs. */
  name: string;
  logger: Logger;
  /** Every request but `/healthz` and `/readyz`. What it throws or rejects with becomes a 500. */
  handle: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
  /** The API's port, whose page of documentation may ask this one. @default none */
  apiPort?: number;
  /** What is lacking before the whole job can be done; empty: ready. */
  missing: () => string[] | Promise<string[]>;
  /** Further connections are closed at once. @default no limit */
  maxConnections?: number;
  /** Longest time a request may take to arrive, ms; 0: no limit. @default 300000 */
  requestTimeoutMs?: number;
  /** Bytes of the longest request line and headers together; beyond, the answer is 431. @default 16384 */
  headerBytesMax?: number;
  /** Longest time that `close` waits for requests in flight, ms. @default 2000 */
  drainMs?: number;
}

export interface HttpServer {
  port: number;
  /** Stops accepting, lets requests in flight finish, closes idle connections. Safe to call twice. */
  close(): Promise<void>;
}

/** Connections that may wait to be accepted, as far as the kernel allows: a browser that finds none free tries again after a second. */
const BACKLOG = 4_096;

/** Serves on bare `node:http`; answers `GET /healthz` and `GET /readyz` itself. Rejects when it cannot listen. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, connections, name, logger, handle, missing, apiPort, drainMs = 2_000 } = options;

  const fail = (req: IncomingMessage, res: ServerResponse, error: unknown): void => {
    logger.error({ err: error, server: name, method: req.method, path: pathOf(req) }, 'request failed');
    // Half an answer cannot be mended: cutting the connection tells the client so.
    if (res.headersSent) res.destroy();
    else
      sendProblem(res, 500, { title: 'Internal Server Error', detail: 'the request could not be handled' });
  };

  const server = createServer({ maxHeaderSize: options.headerBytesMax }, (req, res) => {
    try {
      if (apiPort !== undefined && letDocumentationAsk(req, res, apiPort)) return;
      const health = healthPath(req.url ?? '');
      const pending = health === undefined ? handle(req, res) : answerHealth(health, req, res, missing);
      if (pending instanceof Promise) pending.catch((error: unknown) => fail(req, res, error));
    } catch (error) {
      fail(req, res, error);
    }
  });
  server.requestTimeout = options.requestTimeoutMs ?? 300_000;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;

  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  if (connections === undefined) await listen(server, host, port);
  else {
    // Starts what node:http watches its connections with (time-outs, which are idle).
    server.emit('listening');
    connections.start((socket) => receive(server, socket));
  }
  // Without a listener of its own a late error of the server would end the process.
  server.on('error', (error) => logger.error({ err: error, server: name }, 'server error'));

  let closing: Promise<void> | undefined;
  return {
    port: connections?.port ?? (server.address() as AddressInfo).port,
    close: () => {
      connections?.stop();
      return (closing ??= drain(server, sockets, drainMs));
    },
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
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A connection accepted elsewhere, made what one of our own listening socket would be. */
function receive(server: Server, socket: Socket): void {
  // As node:http's own sockets: it decides itself what the end of one side means.
  socket.allowHalfOpen = true;
  server.emit('connection', socket);
}

async function drain(server: Server, sockets: ReadonlySet<Socket>, drainMs: number): Promise<void> {
  server.close();
  const deadline = Date.now() + drainMs;
  // A connection whose last answer has just gone out is idle only now: look again until none is left.
  for (;;) {
    server.closeIdleConnections();
    if (sockets.size === 0) return;
    if (Date.now() >= deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const socket of sockets) socket.destroy();
}

/** Without the query: it carries identities and consent strings, which have no place in a log. */
function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}
