import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/runtime/config';
import { freePorts } from '../../shared/local-engines/free-ports';
import { startLocalEngines } from '../../shared/local-engines/start-local-engines';

export interface DemoPlatform {
  api: string;
  collector: string;
  bidder: string;
  /** Metrics and readiness of all its processes. */
  ops: string;
  adminToken: string;
  /** Where the platform's own log lines go. */
  logFile: string;
  /** Resolves when the platform is gone, however that came. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

const READY_MS_MAX = 180_000;

/**
 * The whole platform, as `npm start` runs it, in a fresh temporary directory and on free ports; with `engines` on
 * servers that are started for it.
 */
export async function startPlatform({ engines }: { engines: boolean }): Promise<DemoPlatform> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-demo-'));
  const [api, collector, bidder, ops] = await freePorts(4);
  const servers = engines ? await startLocalEngines(directory) : undefined;
  const adminToken = randomBytes(24).toString('base64url');
  const logFile = join(directory, 'platform.log');
  const log = createWriteStream(logFile);
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'serve', 'all'], {
    env: {
      ...childEnvironment({ adminToken, secret: randomBytes(24).toString('base64url') }),
      MUSTER_DATA_DIR: join(directory, 'data'),
      MUSTER_HOST: '127.0.0.1',
      MUSTER_PORT: String(api),
      MUSTER_COLLECTOR_PORT: String(collector),
      MUSTER_BIDDER_PORT: String(bidder),
      MUSTER_OPS_PORT: String(ops),
      MUSTER_COLLECTOR_URL: `http://127.0.0.1:${collector}`,
      MUSTER_BIDDER_URL: `http://127.0.0.1:${bidder}`,
      ...servers?.environment,
    },
    // The channel says nothing; its end tells the platform that this process is gone, kill -9 included.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const exited = once(child, 'exit').then(() => undefined);

  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
    log.end();
    await servers?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await readyOrFail(`http://127.0.0.1:${ops}/readyz`, child, logFile);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    await servers?.stop();
    throw error;
  }
  return {
    api: `http://127.0.0.1:${api}`,
    collector: `http://127.0.0.1:${collector}`,
    bidder: `http://127.0.0.1:${bidder}`,
    ops: `http://127.0.0.1:${ops}`,
    adminToken,
    logFile,
    exited,
    stop,
  };
}

async function readyOrFail(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_MS_MAX;
  let missing = 'no answer yet';
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the platform ended with status ${child.exitCode}; see ${logFile}`);
    try {
      const answer = await fetch(url);
      missing = await answer.text();
      if (answer.ok) return;
    } catch (error) {
      missing = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the platform is not ready after ${READY_MS_MAX / 1000} s: ${missing}; see ${logFile}`);
}
