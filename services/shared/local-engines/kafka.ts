import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagePath } from '../package-path';
import type { Engine } from './engine';
import { freePorts } from './free-ports';
import { userInfo, type Security } from './security';
import { signalTree } from './signal-tree';

const run = promisify(execFile);

const START_WITHIN_MS = 120_000;
const JARS_WITHIN_MS = 300_000;
const LOG_TAIL_BYTES = 4_000;

export interface RunningKafka extends Engine {
  /** For `KAFKA_BROKERS`, cut at the commas. */
  brokers: string[];
}

/**
 * A real Apache Kafka broker for tests: one node, KRaft, data in `dir`. Its jars come from Maven once, into
 * `node_modules/.cache`. Rejects with the remedy named when Java or Maven is missing, and with the broker's own
 * last words when it does not come up.
 * @param front answers the port that clients are told to use: of a proxy before the broker's own.
 * @param security clients come by TLS and log in (SCRAM-SHA-512)
 */
export async function startKafka(
  dir: string,
  front: (port: number) => Promise<number> = (port) => Promise.resolve(port),
  security?: Security,
): Promise<RunningKafka> {
  const java = await javaWithJars();
  await mkdir(dir, { recursive: true });
  const [port = 0, ownPort = 0, controllerPort = 0] = await freePorts(3);
  const toldPort = await front(port);
  const properties = join(dir, 'server.properties');
  const logFile = join(dir, 'broker.log');
  const ports = { port, ownPort, controllerPort, toldPort };
  const secrets = security ? await keyStore(dir, security) : {};
  await writeFile(
    properties,
    settings(join(dir, 'data'), ports, security ? 'SASL_SSL' : 'PLAINTEXT', secrets),
  );
  const clusterId = randomBytes(16).toString('base64url');
  await java([
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${clusterId}`,
    '-c',
    properties,
    '--ignore-formatted',
    ...(security
      ? ['--add-scram', `SCRAM-SHA-512=[name=${security.user},password=${security.password}]`]
      : []),
  ]);

  const brokers = [`${security ? `sasl_ssl://${userInfo(security)}` : ''}127.0.0.1:${toldPort}`];
  let broker: ChildProcess | undefined;
  const start = async () => {
    broker = spawn('java', ['-Xmx512m', '-cp', join(jarsDir(), '*'), 'kafka.Kafka', properties], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await serving(broker, logFile);
  };
  await start();
  if (security) for (const args of rightsOf(security.user, ownPort)) await java(args);
  return {
    brokers,
    stop: async () => {
      if (broker) await ended(broker, 'SIGTERM');
    },
    kill: () => void broker?.kill('SIGKILL'),
    freeze: () => broker && signalTree(broker, 'SIGSTOP'),
    thaw: () => broker && signalTree(broker, 'SIGCONT'),
    restart: async () => {
      if (broker) await ended(broker, 'SIGTERM');
      await start();
    },
  };
}

/** Fetches the jars where they are missing; answers how to run a class of theirs. */
async function javaWithJars(): Promise<(args: string[]) => Promise<void>> {
  await present(
    'java',
    ['-version'],
    'install a Java runtime, 17 or later (Debian: openjdk-17-jre-headless)',
  );
  const jars = jarsDir();
  if (!existsSync(jars)) await fetchJars(jars);
  return async (args) => {
    try {
      await run('java', ['-Xmx256m', '-cp', join(jars, '*'), ...args]);
    } catch (error) {
      throw new Error(`java ${args.join(' ')} failed: ${outputOf(error)}`, { cause: error });
    }
  };
}

async function fetchJars(jars: string): Promise<void> {
  await present('mvn', ['-v'], 'install Apache Maven (Debian: maven); it fetches the broker once');
  // Complete or absent: an interrupted download must not pass for the whole.
  const partial = `${jars}.${process.pid}`;
  const args = ['-B', '-q', '-f', pomFile(), 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const fetch = (extra: string[]) =>
    run('mvn', [...args, `-DoutputDirectory=${partial}`, ...extra], { timeout: JARS_WITHIN_MS });
  try {
    // What an earlier run has left in the local repository needs no network.
    await fetch(['-o']).catch(() => fetch([]));
    await rename(partial, jars);
  } catch (error) {
    if (existsSync(jars)) return;
    throw new Error(`the Kafka broker could not be fetched by mvn: ${outputOf(error)}`, { cause: error });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function present(command: string, args: string[], remedy: string): Promise<void> {
  try {
    await run(command, args);
  } catch (error) {
    throw new Error(`a Kafka broker for tests needs \`${command}\`: ${remedy}`, { cause: error });
  }
}

/** The broker says itself when it serves; its port is open before that. */
async function serving(broker: ChildProcess, logFile: string): Promise<void> {
  const output = createWriteStream(logFile, { flags: 'a' });
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the Kafka broker ${what}: ${seen || 'no output'}`));
    const timer = setTimeout(() => {
      broker.kill('SIGKILL');
      fail('does not come up');
    }, START_WITHIN_MS);
    for (const stream of [broker.stdout, broker.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output.write(chunk);
        seen = (seen + chunk.toString()).slice(-LOG_TAIL_BYTES);
        if (!seen.includes('Kafka Server started')) return;
        clearTimeout(timer);
        resolve();
      });
    }
    broker.once('error', reject);
    broker.once('exit', () => {
      clearTimeout(timer);
      output.end();
      fail('ended');
    });
  });
}

async function ended(broker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  const exit = once(broker, 'exit');
  broker.kill(signal);
  const late = setTimeout(() => broker.kill('SIGKILL'), 30_000);
  await exit;
  clearTimeout(late);
}

/** Settings of the listener that clients use: its certificate, and who checks passwords. */
async function keyStore(dir: string, { certificate, key }: Security): Promise<Record<string, string>> {
  const file = join(dir, 'keystore.pem');
  await writeFile(file, (await readFile(key, 'utf8')) + (await readFile(certificate, 'utf8')));
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': file,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Whoever comes to the other listeners.
    'super.users': 'User:ANONYMOUS',
  };
}

/** The rights that docs/operations.md asks for, and no others. */
function rightsOf(user: string, ownPort: number): string[][] {
  const add = [
    ...['kafka.admin.AclCommand', '--bootstrap-server', `127.0.0.1:${ownPort}`, '--add', '--force'],
    ...['--allow-principal', `User:${user}`],
  ];
  const named = ['--resource-pattern-type', 'prefixed', '--topic', 'muster.', '--group', 'muster.'];
  return [
    [...add, ...named, '--operation', 'All'],
    [...add, '--cluster', '--operation', 'Describe'],
  ];
}

function settings(
  dataDir: string,
  ports: { port: number; ownPort: number; controllerPort: number; toldPort: number },
  protocol: 'PLAINTEXT' | 'SASL_SSL',
  secrets: Record<string, string>,
): string {
  const { port, ownPort, controllerPort, toldPort } = ports;
  const at = (listener: string, number: number) => `${listener}://127.0.0.1:${number}`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [at('CLIENTS', port), at('BROKERS', ownPort), at('CONTROLLER', controllerPort)],
    'advertised.listeners': [at('CLIENTS', toldPort), at('BROKERS', ownPort)],
    'listener.security.protocol.map': `CLIENTS:${protocol},BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'BROKERS',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 4 << 20,
    ...secrets,
  })
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}

function jarsDir(): string {
  return join(packagePath('node_modules'), '.cache', 'muster-engines', 'kafka');
}

function pomFile(): string {
  return packagePath('infra/kafka/pom.xml');
}

function outputOf(error: unknown): string {
  const { stdout = '', stderr = '', message = '' } = error as Partial<Record<string, string>>;
  return `${message}\n${stdout}\n${stderr}`.trim().slice(-LOG_TAIL_BYTES);
}
