import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import type { Config } from '../../shared/runtime/config';
import { importPart, type PartOutcome, type UploadAnswer } from '../import/import-file';
import { ImportProgress, whole, type ImportTally } from '../import/import-progress';
import { inflated, lineParts } from '../import/line-parts';
import { RejectReport, type Reject } from '../import/reject-report';
import { RefusedError, send, UnreachableError } from './http-client';
import { positiveInteger } from './option-parsers';
import { adminKey, CommandError, environmentHelp, EXIT_USAGE, settingsOrExit } from './settings';

/** Done, but some lines were rejected: a script may want to tell that from a failure. */
const EXIT_REJECTED = 3;
const EXIT_INTERRUPTED = 130;
const PART_LINES = 20_000;
/** Once a part had more rejected lines than an answer names, parts are so small that this cannot happen again. */
const PART_LINES_WHEN_MANY_ARE_REJECTED = 1_000;
const PART_BYTES = 8 * 2 ** 20;
const IMPORTS_NAMED_MAX = 1_000;
/** A collector that restarts is back well within this time. */
const RETRY_MS = 60_000;
const RETRY_EVERY_MS = 1_000;

interface ImportOptions {
  rejects?: string;
  fromLine: number;
  errors: number;
  json?: true;
}

export function importCommand(): Command {
  return new Command('import')
    .description("send a provider's records to the running platform")
    .argument('<provider>', 'id of the provider')
    .argument('<file>', 'NDJSON, one record a line, plain or gzipped; - reads standard input')
    .option('--rejects <file>', 'write every rejected line there, with its line number, code and message')
    .option('--from-line <n>', 'go on at this line; --rejects then appends', positiveInteger, 1)
    .option('--errors <n>', 'rejected lines to show', shownErrors, 20)
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      `
A line: {"id":"maid:…","trait":"age/25-34","at":"2026-01-31T12:00:00Z"}, optionally with ttl, value, op, consent.
Sending a file again is safe: the same (id, trait, at, op, value) counts once.
A file of --rejects can be imported as it is once its records are mended: {"line":7,"code":"…","message":"…","record":{…}}.
Exit status: 0 when every line was accepted, 3 when some were rejected, 1 when the import did not come to its end,
2 when the command was not understood.
${environmentHelp()}`,
    )
    .action(runImport);
}

function shownErrors(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number, 0 shows none.');
  return Number(text);
}

async function runImport(provider: string, file: string, options: ImportOptions): Promise<void> {
  const config = settingsOrExit();
  const key = adminKey(config);
  const source = open(file, options.rejects);
  const report =
    options.rejects === undefined ? undefined : openReport(options.rejects, { append: options.fromLine > 1 });
  const run = new ImportRun({ config, key, provider, options, report });
  const progress = new ImportProgress({
    out: process.stderr,
    totalBytes: source.size,
    tally: () => run.tally,
    now: () => performance.now(),
  });
  run.onNotice = (text) => progress.say(text);
  const onInterrupt = (): void => {
    progress.stop();
    process.stderr.write(`muster: interrupted; ${run.whereItStopped()}\n`);
    process.exit(EXIT_INTERRUPTED);
  };
  process.once('SIGINT', onInterrupt);
  try {
    await run.all(source.chunks);
  } catch (error) {
    throw explained(error, run);
  } finally {
    process.off('SIGINT', onInterrupt);
    progress.stop();
    report?.close();
  }
  process.stdout.write(options.json ? `${JSON.stringify(run.outcome())}\n` : run.summary());
  if (run.tally.rejected > 0) process.exitCode = EXIT_REJECTED;
}

interface Source {
  chunks: Readable;
  size?: number;
}

function open(file: string, rejects: string | undefined): Source {
  if (file === '-') return { chunks: process.stdin };
  const stat = existsSync(file) ? statSync(file) : undefined;
  if (stat === undefined) throw new CommandError(`${file} does not exist`, EXIT_USAGE);
  if (stat.isDirectory()) throw new CommandError(`${file} is a directory; name one file`, EXIT_USAGE);
  if (rejects !== undefined && existsSync(rejects) && realpathSync(rejects) === realpathSync(file))
    throw new CommandError(
      `--rejects would write over ${file} while it is read; name another file`,
      EXIT_USAGE,
    );
  return {
    chunks: createReadStream(file, { highWaterMark: 1 << 20 }),
    size: stat.isFile() ? stat.size : undefined,
  };
}

function openReport(path: string, options: { append: boolean }): RejectReport {
  try {
    return new RejectReport(path, options);
  } catch (error) {
    throw new CommandError(`--rejects: ${(error as Error).message}`, EXIT_USAGE);
  }
}

/** What broke, and how to go on; an error that is nobody's but ours stays as it is. */
function explained(error: unknown, run: ImportRun): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (error instanceof CommandError) {
    if (run.tally.lines === 0) return error;
    return new CommandError(`${error.message}\n${run.whereItStopped()}`, error.exitCode);
  }
  const isOfFile = code.startsWith('Z_') || ['EACCES', 'EIO', 'EISDIR', 'ENOSPC', 'EPERM'].includes(code);
  if (!isOfFile) return error;
  const what = code.startsWith('Z_')
    ? 'the gzip data is damaged or ends too early'
    : (error as Error).message;
  return new CommandError(`${what}; ${run.whereItStopped()}`);
}

interface ImportRunOptions {
  config: Config;
  key: string;
  provider: string;
  options: ImportOptions;
  report?: RejectReport;
}

/** One file on its way, part by part. */
class ImportRun {
  readonly tally: ImportTally = { bytes: 0, lines: 0, accepted: 0, rejected: 0 };
  onNotice: (text: string) => void = () => undefined;
  readonly #options: ImportRunOptions;
  readonly #imports: string[] = [];
  readonly #byCode = new Map<string, number>();
  readonly #shown: Omit<Reject, 'record'>[] = [];
  readonly #startedAt = performance.now();
  #parts = 0;
  #partLines = PART_LINES;

  constructor(options: ImportRunOptions) {
    this.#options = options;
  }

  async all(source: Readable): Promise<void> {
    const { options } = this.#options;
    const parts = lineParts(inflated(this.#counted(source)), {
      linesMax: () => this.#partLines,
      bytesMax: PART_BYTES,
      fromLine: options.fromLine,
    });
    for await (const part of parts) {
      this.#take(await importPart(part, (body) => this.#upload(body)), part.lines.length);
    }
  }

  /** For whoever wants to go on after a failure. */
  whereItStopped(): string {
    const { accepted, rejected, lines } = this.tally;
    const { options } = this.#options;
    const next = options.fromLine + lines;
    return (
      `${whole(accepted)} accepted and ${whole(rejected)} rejected before line ${next}; ` +
      `to go on there: --from-line ${next} (from the beginning is safe too, nothing counts twice)`
    );
  }

  outcome(): Record<string, unknown> {
    const { provider, options } = this.#options;
    const { lines, accepted, rejected } = this.tally;
    return {
      provider,
      lines,
      accepted,
      rejected,
      byCode: Object.fromEntries(this.#byCode),
      errors: this.#shown,
      ...(options.rejects === undefined ? {} : { rejects: options.rejects }),
      importIds: this.#imports,
      seconds: this.#seconds(),
    };
  }

  summary(): string {
    const { options, provider } = this.#options;
    const { lines, accepted, rejected } = this.tally;
    const name = this.#parts === 1 ? `import ${this.#imports[0]}` : `${this.#parts} imports`;
    const text = [
      `${name}: ${accepted} accepted, ${rejected} rejected of ${lines} lines in ${this.#seconds()} s`,
    ];
    for (const [code, count] of [...this.#byCode].sort((a, b) => b[1] - a[1]))
      text.push(`  ${code}: ${count}`);
    if (rejected > 0 && options.rejects !== undefined)
      text.push(`mend the records in ${options.rejects}, then: muster import ${provider} ${options.rejects}`);
    else if (rejected > 0)
      text.push('--rejects FILE keeps the rejected lines, to be mended and imported again');
    return `${text.join('\n')}\n`;
  }

  async *#counted(source: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      yield chunk;
      this.tally.bytes += chunk.length;
    }
  }

  #take({ importId, accepted, rejected, rejects }: PartOutcome, lines: number): void {
    const { report, options } = this.#options;
    this.#parts += 1;
    if (this.#imports.length < IMPORTS_NAMED_MAX) this.#imports.push(importId);
    if (rejected > PART_LINES_WHEN_MANY_ARE_REJECTED) this.#partLines = PART_LINES_WHEN_MANY_ARE_REJECTED;
    this.tally.lines += lines;
    this.tally.accepted += accepted;
    this.tally.rejected += rejected;
    report?.write(rejects);
    for (const { line, code, message } of rejects) {
      this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
      if (this.#shown.length >= options.errors) continue;
      this.#shown.push({ line, code, message });
      if (!options.json) this.onNotice(`line ${line}: ${code}: ${message}`);
    }
  }

  /** Tries again where the collector went away: what it had accepted counts once. */
  async #upload(body: Buffer): Promise<UploadAnswer> {
    const { config, key, provider } = this.#options;
    const deadline = performance.now() + RETRY_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await send({
          host: config.host,
          port: config.collectorPort,
          path: `/v1/providers/${encodeURIComponent(provider)}/records`,
          method: 'POST',
          key,
          headers: { 'content-type': 'application/x-ndjson' },
          body,
        });
        return JSON.parse(answer.body) as UploadAnswer;
      } catch (error) {
        const isGone = error instanceof UnreachableError && this.#parts > 0;
        const isBusy = error instanceof RefusedError && error.status === 503;
        if (!(isGone || isBusy) || performance.now() > deadline) throw error;
        if (attempt === 1) this.onNotice(`${error.message}; trying again for ${RETRY_MS / 1_000} s`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
      }
    }
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#startedAt) / 100) / 10;
  }
}
