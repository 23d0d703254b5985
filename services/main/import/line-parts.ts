import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { LineSplitter } from '../../collector/records/line-splitter';
import { LINE_BYTES_MAX } from '../../collector/records/provider-import';

/** Lines that are sent together. Every line of the file has its place, an empty one where nothing is to be sent. */
export interface Part {
  /** Line of the file that the first one is, from 1. */
  firstLine: number;
  lines: Buffer[];
  /** Lines of the file that are too long to be sent. */
  tooLong: number[];
}

export interface PartOptions {
  linesMax: () => number;
  bytesMax: number;
  /** Lines before it are passed over. */
  fromLine: number;
}

/** Cuts a stream of NDJSON into parts; memory is bounded by a part and a chunk, however long the lines are. */
export async function* lineParts(
  chunks: AsyncIterable<Buffer>,
  { linesMax, bytesMax, fromLine }: PartOptions,
): AsyncGenerator<Part> {
  let waiting: { line: number; bytes?: Buffer }[] = [];
  let waitingBytes = 0;
  const splitter = new LineSplitter({
    bytesMax: LINE_BYTES_MAX,
    // A copy: the bytes are valid only during the call.
    onLine: (line, bytes) => keep(line, Buffer.from(bytes)),
    onTooLong: (line) => keep(line),
  });
  const keep = (line: number, bytes?: Buffer): void => {
    if (line < fromLine) return;
    waiting.push({ line, bytes });
    waitingBytes += bytes?.length ?? 0;
  };
  const next = (): Part => {
    const taken: typeof waiting = [];
    let bytes = 0;
    for (const entry of waiting) {
      if (taken.length >= linesMax() || (taken.length > 0 && bytes >= bytesMax)) break;
      taken.push(entry);
      bytes += entry.bytes?.length ?? 0;
    }
    waiting = waiting.slice(taken.length);
    waitingBytes -= bytes;
    return {
      firstLine: taken[0]?.line ?? 0,
      lines: taken.map((entry) => entry.bytes ?? Buffer.alloc(0)),
      tooLong: taken.filter((entry) => entry.bytes === undefined).map(({ line }) => line),
    };
  };

  for await (const chunk of chunks) {
    splitter.push(chunk);
    while (waiting.length >= linesMax() || waitingBytes >= bytesMax) yield next();
  }
  splitter.end();
  while (waiting.length > 0) yield next();
}

/** The bytes themselves, or what they were before gzip, which its first two bytes tell. */
export async function* inflated(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let ended = false;
  while (!ended && Buffer.concat(head).length < 2) {
    const next: IteratorResult<Buffer, unknown> = await iterator.next();
    if (next.done === true) ended = true;
    else head.push(next.value);
  }
  const first = Buffer.concat(head);
  const whole = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (;;) {
      const next: IteratorResult<Buffer, unknown> = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  };
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* whole();
    return;
  }
  const plain = Readable.from(whole());
  const gunzip = createGunzip();
  plain.on('error', (error) => gunzip.destroy(error));
  yield* plain.pipe(gunzip) as AsyncIterable<Buffer>;
}
