import { existsSync } from 'node:fs';
import type { Config } from '../../shared/runtime/config';
import { lockHolder } from '../data-lock';
import { portFault, wantedPorts, type WantedPort } from '../preflight';
import { SERVE_TARGETS } from '../roles';
import { ok, wrong, type Finding } from './finding';
import { portOwner } from './port-owner';

const ANSWER_MS = 5_000;

/** Whether the platform runs already; if not, whether a start would find its directory and ports free. */
export async function checkPlatform(config: Config): Promise<Finding[]> {
  const what = 'platform';
  if (existsSync(config.dataDir)) {
    try {
      const supervisor = lockHolder(config.dataDir, 'supervisor');
      if (supervisor !== undefined) return await checkRunning(config, supervisor);
      const engines = lockHolder(config.dataDir, 'engines');
      if (engines !== undefined)
        return [
          wrong(
            what,
            `its engines are held by ${engines}, whose supervisor is gone`,
            'wait some seconds; if it stays, end that process',
          ),
        ];
    } catch (error) {
      return [wrong('locks', (error as Error).message, 'run as the user who owns the data directory')];
    }
  }
  const ports = await Promise.all(wantedPorts(config, SERVE_TARGETS.all).map(checkPort));
  return [ok(what, 'not running on this data directory'), ...ports];
}

async function checkPort({ variable, host, port }: WantedPort): Promise<Finding> {
  const why = await portFault({ host, port });
  const address = `${host}:${port}`;
  switch (why) {
    case undefined:
      return ok(variable, `${address} is free`);
    case 'EADDRINUSE': {
      const owner = portOwner(port);
      return wrong(
        variable,
        `${address} is taken${owner === undefined ? '' : ` by ${owner}`}`,
        `end what uses it, or set ${variable} to another port`,
      );
    }
    case 'EACCES':
      return wrong(variable, `${address} is not for this user`, `set ${variable} to a port from 1024 up`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return wrong(variable, `${address}: this host has no such address`, 'correct MUSTER_HOST');
    default:
      return wrong(
        variable,
        `${address}: ${why}`,
        `set ${variable} or MUSTER_HOST to what this host can listen on`,
      );
  }
}

async function checkRunning(config: Config, holder: string): Promise<Finding[]> {
  const what = 'platform';
  const url = `http://127.0.0.1:${config.opsPort}/readyz`;
  const startedAt = performance.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { missing = [] } = (await answer.json()) as { missing?: string[] };
    const tookMs = Math.round(performance.now() - startedAt);
    if (answer.ok) return [ok(what, `runs (${holder}) and is ready, answers in ${tookMs} ms`)];
    return [
      wrong(
        what,
        `runs (${holder}), not ready: ${missing.join('; ')}`,
        `look at its log; ${url} says what is missing`,
      ),
    ];
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return [
      wrong(
        what,
        `holds the lock (${holder}), but does not answer on ${url}: ${cause?.message ?? message}`,
        'a second instance cannot start here: set MUSTER_OPS_PORT as that one was started with, or stop it',
      ),
    ];
  }
}
