import { EventEmitter, once } from 'node:events';
import { Agent, get, request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { sendProblem, startHttpServer, type HttpServer, type HttpServerOptions } from './http-server';

const logger = pino({ level: 'silent' });
const servers: HttpServer[] = [];
const acceptors: Server[] = [];

async function start(options: Partial<HttpServerOptions>): Promise<HttpServer> {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    name: 'test',
    logger,
    missing: () => [],
    handle: (_req, res) => res.end('handled') && undefined,
    ...options,
  });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const acceptor of acceptors.splice(0)) acceptor.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function ask(
  port: number,
  path: string,
  options: { method?: string; agent?: Agent; headers?: Record<string, string> } = {},
) {
  const [incoming] = (await once(
    request({ host: '127.0.0.1', port, path, ...options }).end(),
    'response',
  )) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) };
}

describe('health', () => {
  test('/healthz is 200 whatever is missing, /readyz names what is missing until nothing is', async () => {
    let missing = ['lake: opening', 'catalog: opening'];
    const { port } = await start({ missing: async () => missing });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
    const unready = await ask(port, '/readyz?verbose');
    expect(unready.status).toBe(503);
    expect(JSON.parse(unready.body)).toEqual({ status: 'not ready', missing });
    missing = [];
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200 });
    expect(await ask(port, '/readyz', { method: 'POST' })).toMatchObject({ status: 405 });
  });

  test('a check that fails is a 500, not a hanging request', async () => {
    const { port } = await start({ missing: () => Promise.reject(new Error('broken')) });
    expect(await ask(port, '/readyz')).toMatchObject({ status: 500 });
  });

  test('everything else is the handler’s', async () => {
    const { port } = await start({});
    expect(await ask(port, '/readyz-not')).toMatchObject({ status: 200, body: 'handled' });
  });
});

describe('faults of the handler', () => {
  test.each([
    [
      'thrown',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejected', () => Promise.reject(new Error('boom'))],
  ])('%s become a problem without details', async (_how, handle) => {
    const { port } = await start({ handle });
    const answer = await ask(port, '/x');
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'the request could not be handled',
      errors: [],
    });
  });

  test('after the answer began, the connection is cut', async () => {
    const { port } = await start({
      handle: (_req, res) => {
        res.write('half');
        throw new Error('boom');
      },
    });
    await expect(ask(port, '/x')).rejects.toThrow();
  });
});

test('a problem carries code, places and RFC 9457 members', async () => {
  const { port } = await start({
    handle: (_req, res) =>
      sendProblem(res, 422, {
        title: 'Unprocessable Content',
        detail: 'one field',
        code: 'unsupported',
        errors: [{ path: 'pacing', code: 'unsupported', message: 'not yet' }],
      }),
  });
  expect(JSON.parse((await ask(port, '/x')).body)).toEqual({
    type: 'urn:muster:problem:unsupported',
    title: 'Unprocessable Content',
    status: 422,
    detail: 'one field',
    code: 'unsupported',
    errors: [{ path: 'pacing', code: 'unsupported', message: 'not yet' }],
  });
});

test('close lets a request in flight finish and cuts idle connections', async () => {
  const begun = new EventEmitter();
  let finish = (): void => undefined;
  const server = await start({
    handle: (req, res) => {
      if (req.url === '/slow') {
        finish = () => res.end('finished');
        begun.emit('slow');
      } else res.end('quick');
    },
  });
  const agent = new Agent({ keepAlive: true });
  await ask(server.port, '/quick', { agent });
  const slowBegun = once(begun, 'slow');
  const slow = ask(server.port, '/slow', { agent: new Agent({ keepAlive: true }) });
  await slowBegun;

  const closed = server.close();
  await expect(ask(server.port, '/late')).rejects.toThrow('ECONNREFUSED');
  finish();
  expect((await slow).body).toBe('finished');
  await closed;
  agent.destroy();
});

test('close cuts what does not finish in time', async () => {
  const begun = new EventEmitter();
  const server = await start({ drainMs: 50, handle: () => void begun.emit('begun') });
  const hanging = expect(ask(server.port, '/never')).rejects.toThrow();
  await once(begun, 'begun');
  await server.close();
  await hanging;
});

test('a port that is taken is a rejection', async () => {
  const { port } = await start({});
  await expect(start({ port })).rejects.toThrow('EADDRINUSE');
});

test('connections that were accepted elsewhere are served like its own', async () => {
  let take: (socket: Socket) => void = () => undefined;
  let stopped = false;
  const acceptor = createServer((socket) => take(socket));
  acceptors.push(acceptor);
  await once(acceptor.listen(0, '127.0.0.1'), 'listening');
  const port = (acceptor.address() as AddressInfo).port;
  const server = await start({
    connections: { port, start: (onConnection) => (take = onConnection), stop: () => (stopped = true) },
    handle: (_req, res) => setTimeout(() => res.end('handled'), 20) && undefined,
  });
  expect(server.port).toBe(port);
  expect((await ask(port, '/x')).body).toBe('handled');

  const agent = new Agent({ keepAlive: true });
  const [idle] = (await once(get({ host: '127.0.0.1', port, path: '/x', agent }), 'response')) as [
    IncomingMessage,
  ];
  await text(idle);
  await server.close();
  expect(stopped).toBe(true);
  agent.destroy();
});

describe('the page of the documentation', () => {
  const preflight = { 'access-control-request-method': 'POST' };
  const page = { origin: 'http://host.example:8080', host: 'host.example:8081' };

  test('may ask another port of its host, after the browser has asked whether it may', async () => {
    const { port } = await start({ apiPort: 8080 });
    const may = await ask(port, '/v1/events', { method: 'OPTIONS', headers: { ...page, ...preflight } });
    expect(may).toMatchObject({ status: 204, body: '' });
    expect(may.headers).toMatchObject({
      'access-control-allow-origin': page.origin,
      'access-control-allow-headers': expect.stringContaining('authorization') as string,
      vary: 'origin',
    });
    expect(may.headers).not.toHaveProperty('access-control-allow-credentials');
    const asked = await ask(port, '/v1/events', { method: 'POST', headers: page });
    expect(asked).toMatchObject({ status: 200, body: 'handled' });
    expect(asked.headers['access-control-allow-origin']).toBe(page.origin);
  });

  test('this host has several names', async () => {
    const { port } = await start({ apiPort: 8080 });
    const headers = { origin: 'http://localhost:8080', host: '127.0.0.1:8081' };
    expect((await ask(port, '/', { headers })).headers['access-control-allow-origin']).toBe(headers.origin);
  });

  test.each([
    ['a page elsewhere', { ...page, origin: 'http://other.example:8080' }, 8080],
    ['another port of this host', { ...page, origin: 'http://host.example:8083' }, 8080],
    ['a page by https, which is not the port itself', { ...page, origin: 'https://host.example:8080' }, 8080],
    ['a page without an origin', { ...page, origin: 'null' }, 8080],
    ['a host that is none', { ...page, host: '[' }, 8080],
    ['nobody, where there is no API', page, undefined],
  ])('%s is answered as ever', async (_, headers, apiPort) => {
    const { port } = await start({ apiPort });
    const answer = await ask(port, '/', { method: 'OPTIONS', headers: { ...headers, ...preflight } });
    expect(answer).toMatchObject({ status: 200, body: 'handled' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});
