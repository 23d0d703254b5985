/** Real Redis servers for tests, from `redis-server` on the PATH. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineAtUrl } from './engine';
import { userInfo, type Security } from './security';
import { signalTree } from './signal-tree';

const HOST = '127.0.0.1';
const MASTERS = 3;
const SLOTS = 16_384;
const START_MS_MAX = 30_000;
/** A cluster's nodes talk to each other on the port this far above their own. */
const BUS_OFFSET = 10_000;
const MISSING =
  'redis-server and redis-cli are not on the PATH; to get them: apt-get install redis-server redis-tools';

/** Of the platform's user, where servers have users. */
const RIGHTS = ['~*', '+@all', '-@admin', '-@dangerous', '+info'];

const run = promisify(execFile);

/** What a node takes, and how redis-cli gets in. */
interface Access {
  server: readonly string[];
  client: readonly string[];
}

/**
 * One server, without TLS and password unless given. @param dir where it keeps its data; made when absent.
 */
export async function startRedis(dir: string, security?: Security): Promise<EngineAtUrl> {
  await mkdir(dir, { recursive: true });
  const [port] = await freePorts(1);
  // A replica that a test adds need not wait for others to join it.
  const settings = ['--dir', dir, '--appendonly', 'yes', '--save', '', '--repl-diskless-sync-delay', '0'];
  const access = security && secured(port!, security);
  let child = await startServer(port!, settings, access);
  return {
    url: security ? `rediss://${userInfo(security)}${HOST}:${port}` : `redis://${HOST}:${port}`,
    stop: () => ended(child, 'SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
    freeze: () => signalTree(child, 'SIGSTOP'),
    thaw: () => signalTree(child, 'SIGCONT'),
    async restart() {
      await ended(child, 'SIGTERM');
      child = await startServer(port!, settings, access);
    },
  };
}

/** Three masters without replicas or passwords. @param dir where they keep their data; made when absent. */
export async function startRedisCluster(dir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const ports = await freePorts(MASTERS, BUS_OFFSET);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => ended(child, 'SIGTERM')));
  };
  try {
    for (const port of ports) {
      const nodeDir = join(dir, String(port));
      await mkdir(nodeDir, { recursive: true });
      const settings = ['--dir', nodeDir, '--save', '', '--cluster-enabled', 'yes', '--cluster-port'];
      children.push(await startServer(port, [...settings, String(port + BUS_OFFSET)]));
    }
    await joinNodes(ports);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://${ports.map((port) => `${HOST}:${port}`).join(',')}`, stop };
}

/** Gives each node its share of the slots, introduces them and waits until each knows all. */
async function joinNodes(ports: readonly number[]): Promise<void> {
  const [first] = ports;
  await Promise.all(
    ports.map((port, index) => {
      const from = Math.floor((SLOTS * index) / ports.length);
      const to = Math.floor((SLOTS * (index + 1)) / ports.length) - 1;
      return ask(port, 'cluster', 'addslotsrange', String(from), String(to));
    }),
  );
  for (const port of ports.slice(1)) {
    await ask(port, 'cluster', 'meet', HOST, String(first), String(first! + BUS_OFFSET));
  }
  await untilNoFault(async () => {
    for (const port of ports) {
      const info = await ask(port, 'cluster', 'info');
      if (!/cluster_state:ok/.test(info) || !new RegExp(`cluster_size:${MASTERS}`).test(info))
        throw new Error(`the cluster did not form: ${info}`);
    }
  });
}

/** Asks again until nothing is wrong any more; rejects with what still is. */
async function untilNoFault(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The user has the rights that docs/operations.md asks for, and no others. */
function secured(port: number, { certificate, key, user, password }: Security): Access {
  return {
    server: [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
      ...['--user', 'default', 'off', '--user', user, 'on', `>${password}`, ...RIGHTS],
    ],
    client: ['--tls', '--cacert', certificate, '--no-auth-warning', '--user', user, '--pass', password],
  };
}

async function startServer(
  port: number,
  settings: readonly string[],
  { server, client }: Access = { server: ['--port', String(port)], client: [] },
): Promise<ChildProcess> {
  const child = spawn('redis-server', [...server, '--bind', HOST, ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (text: Buffer): void => {
    output = (output + text.toString()).slice(-4_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(MISSING, { cause: error }) : error),
    );
  });
  await untilNoFault(async () => {
    if (child.exitCode !== null) return;
    if ((await ask(port, ...client, 'ping')).trim() !== 'PONG') throw new Error('redis-server is not ready');
  });
  if (child.exitCode !== null) throw new Error(`redis-server ended with status ${child.exitCode}: ${output}`);
  return child;
}

/** @param command redis-cli's options may stand before it */
async function ask(port: number, ...command: string[]): Promise<string> {
  try {
    // -e: an error reply is an error.
    const { stdout } = await run('redis-cli', ['-e', '-h', HOST, '-p', String(port), ...command]);
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(MISSING, { cause: error });
    throw error;
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  // A server that writes its first append-only file refuses to end, and forgets that it was asked.
  const again = setInterval(() => child.kill(signal), 500);
  await exited;
  clearInterval(again);
}

/** @param offset the port this far above must be free too. */
async function freePorts(count: number, offset = 0): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await listenOnce(0);
    if (port === undefined || ports.includes(port) || port + offset > 65_535) continue;
    if (offset > 0 && (await listenOnce(port + offset)) === undefined) continue;
    ports.push(port);
  }
  return ports;
}

/** The port that was listened on, undefined when it is taken. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
