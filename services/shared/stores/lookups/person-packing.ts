/** A person as bytes: counts and identity numbers as variable-length integers, times in 48 bits. */
import type { PersonEdge, PersonRecord } from './lookups';
import { readUint48, writeUint48 } from './packing';

const FORMAT = 1;
const EDGE_KINDS: readonly PersonEdge['kind'][] = ['partner', 'event'];

/** The uid is the key and not part of the value. */
export function packPerson(person: PersonRecord): Buffer {
  const writer = new ByteWriter(16 + person.members.length * 48 + person.edges.length * 20);
  writer.byte(FORMAT);
  writer.varint(person.members.length);
  for (const member of person.members) {
    writer.varint(member.iid);
    writer.text(member.identity);
  }
  writer.varint(person.edges.length);
  for (const edge of person.edges) {
    writer.byte(EDGE_KINDS.indexOf(edge.kind));
    writer.varint(edge.a);
    writer.varint(edge.b);
    writer.time(edge.at);
  }
  writer.varint(person.choices.length);
  for (const choice of person.choices) {
    writer.varint(choice.iid);
    writer.byte(choice.optedOut ? 1 : 0);
    writer.time(choice.at);
  }
  return writer.done();
}

export function unpackPerson(uid: number, bytes: Buffer): PersonRecord {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if (format !== FORMAT) throw new Error(`person record of unknown format ${format}`);
  const members = reader.list(() => ({ iid: reader.varint(), identity: reader.text() }));
  const edges = reader.list(() => ({
    kind: edgeKind(reader.byte()),
    a: reader.varint(),
    b: reader.varint(),
    at: reader.time(),
  }));
  const choices = reader.list(() => {
    const iid = reader.varint();
    const optedOut = reader.byte() === 1;
    return { iid, at: reader.time(), optedOut };
  });
  return { uid, members, edges, choices };
}

function edgeKind(code: number): PersonEdge['kind'] {
  const kind = EDGE_KINDS[code];
  if (kind === undefined) throw new Error(`edge of unknown kind ${code}`);
  return kind;
}

class ByteWriter {
  private bytes: Buffer;
  private length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Seven bits a byte, lowest first; the top bit says that more follow. Safe integers. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  time(value: number): void {
    this.reserve(6);
    writeUint48(this.bytes, this.length, value);
    this.length += 6;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length);
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  byte(): number {
    return this.bytes[this.at++]!;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  time(): number {
    const value = readUint48(this.bytes, this.at);
    this.at += 6;
    return value;
  }

  text(): string {
    const size = this.varint();
    const value = this.bytes.toString('utf8', this.at, this.at + size);
    this.at += size;
    return value;
  }

  list<T>(item: () => T): T[] {
    const count = this.varint();
    const items = new Array<T>(count);
    for (let i = 0; i < count; i++) items[i] = item();
    return items;
  }
}
