import { join } from 'node:path';
import type { EngineAtUrl } from './engine';
import { freePorts } from './free-ports';
import { writeClusters } from '../stores/lake/chdb-server/one-server-cluster';
import { ServerProcess } from './server-process';

const TYPESCRIPT = join(__dirname, '..', 'testing', 'ts-node-hook.cjs');

/** Of which the started engine is the only server, by name: into how many shards each is divided. */
const CLUSTERS = { one: 1, two: 2 };

/** ClickHouse over HTTP on a free port: the embedded engine in a process of its own, its files in `dir`. */
export async function startClickHouse(dir: string): Promise<EngineAtUrl> {
  writeClusters(dir, CLUSTERS);
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const entry = require.resolve('../stores/lake/chdb-server/chdb-server');
  // From source, in tests.
  const loader = entry.endsWith('.ts') ? ['--require', TYPESCRIPT] : [];
  const start = async (): Promise<ServerProcess> => {
    const server = new ServerProcess(
      'ClickHouse',
      process.execPath,
      [...loader, entry, join(dir, 'data'), String(port)],
      { cwd: dir },
    );
    await server.answers(async () => {
      const answer = await fetch(`${url}/?query=SELECT%201`);
      if (!answer.ok) throw new Error(await answer.text());
    });
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
