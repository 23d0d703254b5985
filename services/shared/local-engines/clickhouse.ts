import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { EngineAtUrl } from './engine';
import { freePorts } from './free-ports';
import { writeClusters } from '../stores/lake/chdb-server/one-server-cluster';
import { userInfo, type Security } from './security';
import { ServerProcess } from './server-process';

const TYPESCRIPT = join(__dirname, '..', 'testing', 'ts-node-hook.cjs');

/** Of which the started engine is the only server, by name: into how many shards each is divided. */
const CLUSTERS = { one: 1, two: 2 };

/**
 * ClickHouse over HTTP on a free port: the embedded engine in a process of its own, its files in `dir`. Given `security`,
 * over HTTPS, and with a login.
 */
export async function startClickHouse(dir: string, security?: Security): Promise<EngineAtUrl> {
  writeClusters(dir, CLUSTERS);
  const [port = 0] = await freePorts(1);
  const place = `127.0.0.1:${port}`;
  const url = security ? `https://${userInfo(security)}${place}` : `http://${place}`;
  const entry = require.resolve('../stores/lake/chdb-server/chdb-server');
  // From source, in tests.
  const loader = entry.endsWith('.ts') ? ['--require', TYPESCRIPT] : [];
  const start = async (): Promise<ServerProcess> => {
    const server = new ServerProcess(
      'ClickHouse',
      process.execPath,
      [...loader, entry, join(dir, 'data'), String(port), ...(security ? [JSON.stringify(security)] : [])],
      { cwd: dir },
    );
    await server.answers(() => ask(url, security));
    return server;
  };
  let server = await start();
  return {
    url,
    stop: () => server.end(),
    kill: () => server.kill(),
    freeze: () => server.signalAll('SIGSTOP'),
    thaw: () => server.signalAll('SIGCONT'),
    restart: async () => {
      await server.end();
      server = await start();
    },
  };
}

async function ask(url: string, security: Security | undefined): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const at = new URL('/?query=SELECT%201', url);
    const request = security
      ? httpsRequest(at, { ca: readFileSync(security.certificate) }, resolve)
      : httpRequest(at, resolve);
    request.on('error', reject).end();
  });
  const said = await text(answer);
  if (answer.statusCode !== 200) throw new Error(said);
}
