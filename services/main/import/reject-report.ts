import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, writeSync } from 'node:fs';

export interface Reject {
  /** From 1. */
  line: number;
  code: string;
  message: string;
  /** As it stands in the file; absent where it was too long to be kept. */
  record?: Buffer;
}

/**
 * Rejected lines as NDJSON `{line, code, message, record}`. `record` is the line itself, byte for byte, where it is
 * a JSON object, so that it can be mended in place; otherwise it is text, null where the line was too long.
 */
export class RejectReport {
  readonly #file: number;

  /** `append`: goes on behind what an interrupted import has written. */
  constructor(
    readonly path: string,
    { append }: { append: boolean },
  ) {
    this.#file = openSync(path, append ? 'a' : 'w', 0o600);
  }

  write(rejects: readonly Reject[]): void {
    const text = rejects.map(reportLine).join('');
    if (text !== '') writeSync(this.#file, text);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function reportLine({ line, code, message, record }: Reject): string {
  const about = JSON.stringify({ line, code, message });
  return `${about.slice(0, -1)},"record":${recordText(record)}}\n`;
}

function recordText(record: Buffer | undefined): string {
  if (record === undefined) return 'null';
  const text = record.toString('utf8').replace(/^\ufeff/, '');
  return isUtf8(record) && isObject(parseJson(text)) ? text.trim() : JSON.stringify(text);
}

/**
 * The record of a line of a report, so that a mended report can be imported as it is; any other line unchanged.
 * A provider's record has no field `record`, so the two cannot be taken for one another.
 */
export function unwrapReject(line: Buffer): Buffer {
  // Cheap first: nearly every line is a plain record.
  if (!line.includes('"record"')) return line;
  const value = parseJson(line.toString('utf8'));
  if (!isObject(value) || !('line' in value && 'code' in value && 'message' in value)) return line;
  const { record } = value;
  if (typeof record === 'string') return Buffer.from(record.replaceAll('\n', ' '));
  return isObject(record) ? Buffer.from(JSON.stringify(record)) : line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
