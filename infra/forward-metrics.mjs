/**
 * Shows `/metrics` of the ops port, which listens on loopback only, to the outside; nothing else of it.
 * Runs beside the platform, in its container or in a container of the same pod.
 *
 * MUSTER_OPS_PORT: where the ops port is (9464). First argument: the port to listen on (9465).
 */
import { createServer, get } from 'node:http';

const opsPort = Number(process.env.MUSTER_OPS_PORT || 9464);
const port = Number(process.argv[2] || 9465);
/** Longer than the ops port waits for a child that does not answer, shorter than a scrape may take. */
const ANSWER_MS = 8_000;

const server = createServer((req, res) => {
  if (req.method !== 'GET' || req.url?.split('?', 1)[0] !== '/metrics') return end(res, 404);
  const upstream = get(
    { host: '127.0.0.1', port: opsPort, path: '/metrics', timeout: ANSWER_MS },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, {
        'content-type': answer.headers['content-type'] ?? 'text/plain',
      });
      answer.on('error', () => res.destroy());
      answer.pipe(res);
    },
  );
  upstream.on('timeout', () => upstream.destroy());
  // Prometheus takes anything but 200 as `up == 0`, which is what it is.
  upstream.on('error', () => (res.headersSent ? res.destroy() : end(res, 502)));
  res.on('close', () => upstream.destroy());
});
server.listen(port, '0.0.0.0');

function end(res, status) {
  res.writeHead(status).end();
}

// The first process of a container has no default handlers: unhandled, SIGTERM would be waited out.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
