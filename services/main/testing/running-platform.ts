import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/runtime/config';
import { freePorts } from '../../shared/local-engines/free-ports';
import type { ServeTarget } from '../roles';
import { isAlive } from './processes';

const ROOT = join(__dirname, '..', '..', '..');

/** The built platform as `npm start` runs it, on free ports, that tests may kill and start again on its data. */
export class RunningPlatform {
  readonly adminToken = 'an-admin-token-for-tests';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly ports: { api: number; collector: number; bidder: number; ops: number },
    private readonly environment: Record<string, string>,
    private readonly target: ServeTarget,
  ) {}

  static async start(
    environment: Record<string, string> = {},
    target: ServeTarget = 'all',
  ): Promise<RunningPlatform> {
    const [api, collector, bidder, ops] = await freePorts(4);
    const directory = await mkdtemp(join(tmpdir(), 'muster-platform-'));
    const ports = { api: api ?? 0, collector: collector ?? 0, bidder: bidder ?? 0, ops: ops ?? 0 };
    const platform = new RunningPlatform(directory, ports, environment, target);
    platform.spawn();
    try {
      await platform.ready();
    } catch (error) {
      await platform.dispose();
      throw error;
    }
    return platform;
  }

  get api(): string {
    return `http://127.0.0.1:${this.ports.api}`;
  }
  get collector(): string {
    return `http://127.0.0.1:${this.ports.collector}`;
  }
  get bidder(): string {
    return `http://127.0.0.1:${this.ports.bidder}`;
  }
  get logFile(): string {
    return join(this.directory, 'platform.log');
  }
  get dataDir(): string {
    return join(this.directory, 'data');
  }
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  spawn(): void {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    this.child = spawn(process.execPath, [join(ROOT, 'bin', 'muster.js'), 'serve', this.target], {
      env: {
        ...childEnvironment({ adminToken: this.adminToken, secret: 'a-secret-that-only-tests-know' }),
        MUSTER_DATA_DIR: this.dataDir,
        MUSTER_PORT: String(this.ports.api),
        MUSTER_COLLECTOR_PORT: String(this.ports.collector),
        MUSTER_BIDDER_PORT: String(this.ports.bidder),
        MUSTER_OPS_PORT: String(this.ports.ops),
        MUSTER_COLLECTOR_URL: this.collector,
        MUSTER_BIDDER_URL: this.bidder,
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.pipe(log);
    this.child.stderr?.pipe(log);
  }

  /** Resolves when `/readyz` of the ops port says so; rejects with what is missing. */
  async ready(withinMs = 180_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    let missing = 'no answer';
    while (Date.now() < deadline) {
      try {
        const answer = await fetch(`http://127.0.0.1:${this.ports.ops}/readyz`);
        missing = await answer.text();
        if (answer.ok) return;
      } catch (error) {
        missing = String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not ready: ${missing}\n${readFileSync(this.logFile, 'utf8').slice(-4_000)}`);
  }

  /** Process numbers of the supervisor's children. */
  children(): number[] {
    const text = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  }

  /** kill -9 of the supervisor; resolves when no process of it is left. */
  async killAll(): Promise<void> {
    const pids = [...this.children(), this.pid];
    this.child?.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while (pids.some(isAlive)) {
      if (Date.now() > deadline) throw new Error(`processes are left: ${pids.filter(isAlive).join()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM; answers the exit status. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill('SIGTERM');
    await once(child, 'exit');
    return child.exitCode;
  }

  async dispose(): Promise<void> {
    this.child?.kill('SIGKILL');
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.api + path, {
      method,
      headers: {
        authorization: `Bearer ${this.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text === '' ? 'null' : text) as T;
  }

  /** One SELECT through the analysts' interface. */
  async sql<T>(query: string): Promise<T[]> {
    const answer = await fetch(`${this.api}/clickhouse/?default_format=JSONEachRow`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.adminToken}` },
      body: query,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}: ${answer.status} ${text}`);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  }
}
