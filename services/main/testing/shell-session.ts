import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One bash that runs a page's blocks as a reader would: variables and functions stay, a failing command ends it. */
export class ShellSession {
  readonly #bash: ChildProcessWithoutNullStreams;
  readonly #directory: string;
  #stdout = '';
  #stderr = '';
  #blocks = 0;

  constructor(options: { cwd: string; directory: string; environment: Record<string, string> }) {
    this.#directory = options.directory;
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd: options.cwd, env: options.environment });
    this.#bash.stdout.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString('utf8')));
    this.#bash.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString('utf8')));
    // Written to after it ended, which a failing command brings about: the block's own rejection says so.
    this.#bash.stdin.on('error', () => this.#bash.kill());
    this.#bash.stdin.write('set -euo pipefail\n');
  }

  /** What the block printed; `apart`: what fails in it ends nothing. Rejects when the shell has ended. */
  async run(script: string, { apart = false } = {}): Promise<string> {
    const file = join(this.#directory, `block-${++this.#blocks}.sh`);
    const mark = `end-${randomBytes(8).toString('hex')}`;
    writeFileSync(file, script);
    this.#stdout = '';
    this.#stderr = '';
    const command = apart ? `( . ${file} ) < /dev/null || true` : `. ${file} < /dev/null`;
    this.#bash.stdin.write(`${command}\nprintf '%s\\n' ${mark}\n`);
    for (;;) {
      const end = this.#stdout.indexOf(mark);
      if (end !== -1) return this.#stdout.slice(0, end);
      if (this.#bash.exitCode !== null || this.#bash.signalCode !== null) {
        throw new Error(
          `the block failed (${this.#bash.exitCode}):\n${script}\n${this.#stdout}${this.#stderr}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** What was written to standard error by the last block. */
  get stderr(): string {
    return this.#stderr;
  }

  end(): void {
    this.#bash.kill();
  }
}
