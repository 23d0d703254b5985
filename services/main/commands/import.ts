import { createReadStream, statSync } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { Command } from 'commander';
import { send } from './http-client';
import { adminKey, CommandError, environmentHelp, settingsOrExit } from './settings';

const PROGRESS_MS = 1_000;

interface ImportAnswer {
  importId: string;
  accepted: number;
  rejected: number;
  errors: { line: number; code: string; message: string }[];
}

export function importCommand(): Command {
  return new Command('import')
    .description("send a provider's records to the running platform")
    .argument('<provider>', 'id of the provider')
    .argument('<file>', 'NDJSON, one record a line; .gz is sent compressed; - reads standard input')
    .option('--errors <n>', 'rejected lines to show', Number, 20)
    .addHelpText(
      'after',
      `
A line: {"id":"maid:…","trait":"age/25-34","at":"2026-01-31T12:00:00Z"}, optionally with ttl, value, op, consent.
Exit status: 0 when every line was accepted, 1 otherwise. Sending a file again counts nothing twice.
${environmentHelp()}`,
    )
    .action(runImport);
}

async function runImport(provider: string, file: string, options: { errors: number }): Promise<void> {
  const config = settingsOrExit();
  const compressed = file.endsWith('.gz');
  const answer = await send({
    host: config.host,
    port: config.collectorPort,
    path: `/v1/providers/${encodeURIComponent(provider)}/records`,
    method: 'POST',
    key: adminKey(config),
    headers: {
      'content-type': 'application/x-ndjson',
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
    },
    body: withProgress(open(file), file === '-' ? undefined : statSync(file).size),
  });
  const { importId, accepted, rejected, errors } = JSON.parse(answer.body) as ImportAnswer;
  for (const { line, code, message } of errors.slice(0, options.errors))
    process.stderr.write(`line ${line}: ${code}: ${message}\n`);
  process.stdout.write(`import ${importId}: ${accepted} accepted, ${rejected} rejected\n`);
  if (rejected > 0) process.exitCode = 1;
}

function open(file: string): Readable {
  if (file === '-') return process.stdin;
  if (statSync(file, { throwIfNoEntry: false }) === undefined)
    throw new CommandError(`${file} does not exist`);
  return createReadStream(file, { highWaterMark: 1 << 20 });
}

/** Bytes sent so far, on standard error, once a second and only for a person who watches. */
function withProgress(source: Readable, totalBytes: number | undefined): Readable {
  if (!process.stderr.isTTY) return source;
  let bytes = 0;
  let shownAt = Date.now();
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (Date.now() - shownAt >= PROGRESS_MS) {
        shownAt = Date.now();
        const share = totalBytes === undefined ? '' : ` of ${mebibytes(totalBytes)}`;
        process.stderr.write(`\r${mebibytes(bytes)}${share} sent `);
      }
      done(null, chunk);
    },
    flush(done) {
      process.stderr.write(`\r${mebibytes(bytes)} sent, waiting for the answer\n`);
      done();
    },
  });
  source.on('error', (error) => counter.destroy(error));
  return source.pipe(counter);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
