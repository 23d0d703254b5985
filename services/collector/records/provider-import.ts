import type { ImportCounts } from '../../shared/domain/import';
import type { RejectReason } from '../../shared/domain/reasons';
import type { AppendRecord } from '../../shared/stores/log/log';
import type { CollectorContext } from '../context';
import { encodeRecord } from '../log-appender';
import { LineSplitter } from './line-splitter';
import { parseRecord, type RecordRules } from './parse-record';

/** Bytes of the longest line. */
export const LINE_BYTES_MAX = 65_536;
/** Rejected lines that an answer names. */
export const ERRORS_MAX = 1_000;
/** An append closes at the first of these; with a chunk's worth of lines they bound an upload's memory. */
const BATCH_RECORDS_MAX = 2_000;
const BATCH_BYTES_MAX = 1_048_576;

/** The log took nothing of the batch at hand. */
export class NotDurableError extends Error {
  override readonly name = 'NotDurableError';
}

/** One upload of a provider: lines in, batches of records out, with memory that does not grow with its length. */
export class ProviderImport {
  readonly counts: ImportCounts = { accepted: 0, rejected: 0, errors: [] };
  readonly #context: CollectorContext;
  readonly #rules: RecordRules;
  readonly #lines: LineSplitter;
  #batch: AppendRecord[] = [];
  #batchBytes = 0;
  #nowMs = 0;
  #first = true;

  constructor(context: CollectorContext, rules: RecordRules) {
    this.#context = context;
    this.#rules = rules;
    this.#lines = new LineSplitter({
      bytesMax: LINE_BYTES_MAX,
      onLine: (line, bytes) => this.#read(line, bytes),
      onTooLong: (line) => this.#reject(line, 'line_too_long', `a line may have ${LINE_BYTES_MAX} bytes`),
    });
  }

  /** Takes the next bytes; waits for the log when a batch is full. Rejects with NotDurableError. */
  async push(chunk: Buffer): Promise<void> {
    this.#nowMs = this.#context.now();
    this.#lines.push(this.#first ? withoutByteOrderMark(chunk) : chunk);
    this.#first = false;
    if (this.#batch.length >= BATCH_RECORDS_MAX || this.#batchBytes >= BATCH_BYTES_MAX) await this.flush();
  }

  /** The upload is complete: a last line without newline counts. */
  async end(): Promise<void> {
    this.#nowMs = this.#context.now();
    this.#lines.end();
    await this.flush();
  }

  /** Makes the whole lines so far durable. */
  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if ((await this.#context.appender.many('traits', batch)) === 'append_failed') {
      this.#context.metrics.count('records', 'append_failed', batch.length);
      throw new NotDurableError('the log did not take the records');
    }
    this.counts.accepted += batch.length;
    this.#context.metrics.count('records', 'accepted', batch.length);
  }

  #read(line: number, bytes: Buffer): void {
    if (isBlank(bytes)) return;
    const read = parseRecord(bytes, line, this.#rules, this.#nowMs);
    if (!read.ok) return this.#reject(line, read.code, read.message);
    const record = encodeRecord(read.value.identity, read.value);
    this.#batch.push(record);
    this.#batchBytes += record.value.length;
  }

  #reject(line: number, code: RejectReason, message: string): void {
    this.counts.rejected += 1;
    this.#context.metrics.count('records', code);
    if (this.counts.errors.length < ERRORS_MAX) this.counts.errors.push({ line, code, message });
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes.length < 16 && bytes.toString('latin1').trim() === '');
}

function withoutByteOrderMark(chunk: Buffer): Buffer {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
}
