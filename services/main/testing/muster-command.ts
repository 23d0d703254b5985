import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childEnvironment } from '../../shared/runtime/config';
import type { RunningPlatform } from './running-platform';

export const MUSTER = join(__dirname, '..', '..', '..', 'bin', 'muster.js');

export interface CommandRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  environment?: Record<string, string>;
  /** Given to its standard input; without it that is empty. */
  input?: string | Buffer;
  /** Options of Node.js, before the command. */
  nodeOptions?: string[];
}

/** Runs the built command to its end. */
export async function muster(
  args: readonly string[],
  { environment = {}, input = '', nodeOptions = [] }: CommandOptions = {},
): Promise<CommandRun> {
  const settled = { adminToken: 'an-admin-token-for-tests', secret: 'a-secret-that-only-tests-know' };
  const child = spawn(process.execPath, [...nodeOptions, MUSTER, ...args], {
    env: { ...childEnvironment(settled), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that does not read its input has closed it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status: child.exitCode, stdout, stderr };
}

/** What a command needs to find the platform. */
export function environmentOf({ dataDir, ports }: RunningPlatform): Record<string, string> {
  return {
    MUSTER_DATA_DIR: dataDir,
    MUSTER_PORT: String(ports.api),
    MUSTER_COLLECTOR_PORT: String(ports.collector),
    MUSTER_BIDDER_PORT: String(ports.bidder),
    MUSTER_OPS_PORT: String(ports.ops),
  };
}
