import { spawnSync } from 'node:child_process';
import type { Config } from '../../shared/runtime/config';
import { ok, wrong, type Finding } from './finding';

/**
 * The embedded engines are native code: it is there for common systems, not for all. Each is loaded in a process
 * of its own, because one that does not fit may crash instead of throwing.
 */
export function checkEmbeddedEngines({
  redisUrl,
  clickhouseUrl,
  postgresUrl,
}: Pick<Config, 'redisUrl' | 'clickhouseUrl' | 'postgresUrl'>): Finding[] {
  const engines: [name: string, use: string, server: string | undefined][] = [
    ['lmdb', 'lookups', redisUrl],
    ['chdb', 'lake', clickhouseUrl],
    ['@electric-sql/pglite', 'catalog', postgresUrl],
  ];
  const embedded = engines.filter(([, , server]) => server === undefined);
  return embedded.map(([name, use]) => {
    const what = `engine ${name}`;
    const startedAt = performance.now();
    const script = `require(${JSON.stringify(name)})`;
    const run = spawnSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' });
    const tookMs = Math.round(performance.now() - startedAt);
    if (run.status === 0) return ok(what, `loads in ${tookMs} ms (${use})`);
    const why = /^\w*Error: .*/m.exec(run.stderr)?.[0] ?? run.signal ?? `status ${run.status}`;
    return wrong(
      what,
      `does not load: ${why}`,
      `run npm ci on this system (${process.platform}-${process.arch})`,
    );
  });
}
