import { join } from 'node:path';
import { freePort, ServerProcess } from './server-process';

export interface ClickHouseEngine {
  url: string;
  stop(): Promise<void>;
  kill(): void;
  restart(): Promise<void>;
}

/** ClickHouse over HTTP on a free port: the embedded engine in a process of its own, its files in `dir`. */
export async function startClickHouse(dir: string): Promise<ClickHouseEngine> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const hook = join(__dirname, '..', 'ts-node-hook.cjs');
  const entry = join(__dirname, '..', '..', 'stores', 'lake', 'testing', 'clickhouse-http-server.ts');
  const start = async (): Promise<ServerProcess> => {
    const server = new ServerProcess('ClickHouse', process.execPath, [
      '--require',
      hook,
      entry,
      dir,
      String(port),
    ]);
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
    restart: async () => {
      await server.end();
      server = await start();
    },
  };
}
