import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Config, ConfigFault } from '../shared/runtime/config';
import type { Role } from './roles';

/** Makes the data directory, for the owner only; a fault when it cannot be written. */
export function prepareDataDir(dataDir: string): ConfigFault | undefined {
  try {
    makeDirectory(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return {
      variable: 'MUSTER_DATA_DIR',
      message: `${dataDir} cannot be written: ${(error as Error).message}`,
    };
  }
}

/** Not `recursive`: where a file system makes no directories at all, as /proc, Node tries that for ever. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

export interface WantedPort {
  variable: 'MUSTER_PORT' | 'MUSTER_COLLECTOR_PORT' | 'MUSTER_BIDDER_PORT' | 'MUSTER_OPS_PORT';
  host: string;
  port: number;
}

/** The ports that the roles and their supervisor listen on. */
export function wantedPorts(config: Config, roles: readonly Role[]): WantedPort[] {
  const { host, port, collectorPort, bidderPort, opsPort } = config;
  const wanted: WantedPort[] = [];
  if (roles.includes('platform') || roles.includes('api'))
    wanted.push({ variable: 'MUSTER_PORT', host, port });
  if (roles.includes('collector'))
    wanted.push({ variable: 'MUSTER_COLLECTOR_PORT', host, port: collectorPort });
  if (roles.includes('bidder')) wanted.push({ variable: 'MUSTER_BIDDER_PORT', host, port: bidderPort });
  return [...wanted, { variable: 'MUSTER_OPS_PORT', host: '127.0.0.1', port: opsPort }];
}

/** Why nobody can listen there now (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …); undefined when it is free. */
export function portFault({ host, port }: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
