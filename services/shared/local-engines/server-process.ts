import { spawn, type ChildProcess } from 'node:child_process';
import { signalTree } from './signal-tree';

/** A server of a test: started, watched while it starts, its last words kept for the error message. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #said = '';

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
    options: { uid?: number; gid?: number; cwd?: string } = {},
  ) {
    this.#child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-4_000)));
    this.#child.on('error', (error) => (this.#said += String(error)));
  }

  /** Asks until `check` resolves; rejects with what the server said when it ends or takes longer than a minute. */
  async answers(check: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        const ended = this.#child.exitCode ?? this.#child.signalCode;
        if (ended !== null || Date.now() > deadline) {
          throw new Error(
            `${this.name} does not answer (${String(ended ?? 'still running')}): ${this.#said}`,
            {
              cause: error,
            },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** To the process and all it has started. */
  signalAll(signal: NodeJS.Signals): void {
    signalTree(this.#child, signal);
  }

  /** Resolves when the process is gone; after 10 s it is killed. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }
}
