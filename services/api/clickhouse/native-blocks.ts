import { fixedSize, parseType, tupleElementType } from './native-types';

/** Since this revision each column says whether it is serialised in a way of its own. */
const REVISION_WITH_CUSTOM_SERIALIZATION = 54_454;

/** Block info as ClickHouse's protocol has it: not overflows, no bucket. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const NO_CUSTOM_SERIALIZATION = Buffer.from([0]);

export class NativeFormatError extends Error {}

/**
 * Native blocks as the embedded engine writes them (revision 0) in the form that a client expects which names
 * its `client_protocol_version`: Go's driver, and with it Grafana's data source. Over HTTP a server does this by
 * itself; the embedded engine cannot be told.
 */
export function nativeForRevision(body: Buffer, revision: number): Buffer {
  if (revision === 0) return body;
  const reader = new NativeReader(body);
  const parts: Buffer[] = [];
  while (!reader.atEnd) {
    const start = reader.at;
    const columns = reader.varint();
    const rows = reader.varint();
    parts.push(BLOCK_INFO, body.subarray(start, reader.at));
    for (let i = 0; i < columns; i += 1) {
      const head = reader.at;
      reader.skipString();
      const type = reader.string();
      parts.push(body.subarray(head, reader.at));
      if (revision >= REVISION_WITH_CUSTOM_SERIALIZATION) parts.push(NO_CUSTOM_SERIALIZATION);
      const data = reader.at;
      if (rows > 0) {
        reader.skipPrefix(type);
        reader.skipColumn(type, rows);
      }
      parts.push(body.subarray(data, reader.at));
    }
  }
  return Buffer.concat(parts);
}

class NativeReader {
  at = 0;

  constructor(private readonly body: Buffer) {}

  get atEnd(): boolean {
    return this.at >= this.body.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.body[this.at++];
      if (byte === undefined) throw new NativeFormatError('the result ends within a block');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  string(): string {
    const end = this.varint() + this.at;
    const text = this.body.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  skipString(): void {
    this.at = this.varint() + this.at;
  }

  /** What a column writes once before its data: only dictionaries do. */
  skipPrefix(text: string): void {
    const { name, args } = parseType(text);
    if (name === 'LowCardinality') this.at += 8;
    else if (name === 'Nullable' || name === 'Array') this.skipPrefix(args[0] ?? '');
    else if (name === 'SimpleAggregateFunction') this.skipPrefix(args[1] ?? '');
    else if (name === 'Tuple' || name === 'Map')
      for (const arg of args) this.skipPrefix(tupleElementType(arg));
  }

  skipColumn(text: string, rows: number): void {
    const type = parseType(text);
    const { name, args } = type;
    const size = fixedSize(type);
    if (size !== undefined) this.at += size * rows;
    else if (name === 'String') for (let i = 0; i < rows; i += 1) this.skipString();
    else if (name === 'Nullable') {
      this.at += rows;
      this.skipColumn(args[0] ?? '', rows);
    } else if (name === 'Array') this.skipColumn(args[0] ?? '', this.offsets(rows));
    else if (name === 'Map') {
      const entries = this.offsets(rows);
      for (const arg of args) this.skipColumn(arg, entries);
    } else if (name === 'Tuple') for (const arg of args) this.skipColumn(tupleElementType(arg), rows);
    else if (name === 'SimpleAggregateFunction') this.skipColumn(args[1] ?? '', rows);
    else if (name === 'LowCardinality') this.skipDictionary(args[0] ?? '', rows);
    else throw new NativeFormatError(`columns of type ${text} are not offered in this form of Native`);
    if (this.at > this.body.length) throw new NativeFormatError('the result ends within a column');
  }

  /** Ends of the arrays of each row; answers how many elements there are. */
  private offsets(rows: number): number {
    if (rows === 0) return 0;
    this.at += 8 * (rows - 1);
    return this.uint64();
  }

  private skipDictionary(text: string, rows: number): void {
    if (rows === 0) return;
    const flags = this.uint64();
    const inner = parseType(text);
    // Null is the first key of the dictionary, not a map of its own.
    if ((flags & 0x200) !== 0)
      this.skipColumn(inner.name === 'Nullable' ? (inner.args[0] ?? '') : text, this.uint64());
    const indexes = this.uint64();
    this.at += indexes * 2 ** (flags & 0xff);
  }

  private uint64(): number {
    if (this.at + 8 > this.body.length) throw new NativeFormatError('the result ends within a column');
    const value = Number(this.body.readBigUInt64LE(this.at));
    this.at += 8;
    return value;
  }
}
