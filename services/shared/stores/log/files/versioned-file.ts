import { closeSync, constants, fdatasync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { lockFile } from '../../file-lock';
import { flushDirectory } from './durable-files';
import { errorCode } from './error-code';

export interface Versioned<T> {
  value: T;
  version: number;
}

/**
 * A small JSON value in a file, changed by compare-and-set from any process of the host. The file has two slots,
 * written in turn, so that a writer that dies tears only the older one.
 * A slot: u32 CRC-32 of what follows · u32 bytes of the value · f64 version, 1 or more · the value as JSON.
 */
const SLOT_BYTES = 2_048;
const SLOT_HEADER_BYTES = 16;
const flush = promisify(fdatasync);

/** Undefined when there is no such file. `T` is what was written there. */
export function readVersioned<T>(path: string): Versioned<T> | undefined {
  const descriptor = openIfThere(path, constants.O_RDONLY);
  if (descriptor === undefined) return undefined;
  try {
    return readSlots<T>(descriptor).newest;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Sets a value if its version is still `seen` (0: if there is none) and gives it the next one. False otherwise.
 * Resolves once it is on disk.
 */
export async function writeVersioned(path: string, seen: number, value: unknown): Promise<boolean> {
  const slot = encodeSlot(seen + 1, value);
  const flags = constants.O_RDWR | (seen === 0 ? constants.O_CREAT : 0);
  const descriptor = openIfThere(path, flags);
  if (descriptor === undefined) return false;
  try {
    await lockFile(descriptor);
    const { newest, free } = readSlots(descriptor);
    if ((newest?.version ?? 0) !== seen || fstatSync(descriptor).nlink === 0) return false;
    writeSync(descriptor, slot, 0, slot.length, free * SLOT_BYTES);
    await flush(descriptor);
    if (seen === 0) flushDirectory(dirname(path));
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a value if its version is still `seen`. */
export async function removeVersioned(path: string, seen: number): Promise<boolean> {
  const descriptor = openIfThere(path, constants.O_RDWR);
  if (descriptor === undefined) return false;
  try {
    await lockFile(descriptor);
    if (readSlots(descriptor).newest?.version !== seen || fstatSync(descriptor).nlink === 0) return false;
    rmSync(path);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readSlots<T>(descriptor: number): { newest: Versioned<T> | undefined; free: 0 | 1 } {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  readSync(descriptor, bytes, 0, bytes.length, 0);
  const first = decodeSlot<T>(bytes.subarray(0, SLOT_BYTES));
  const second = decodeSlot<T>(bytes.subarray(SLOT_BYTES));
  if ((first?.version ?? 0) >= (second?.version ?? 0)) return { newest: first, free: first ? 1 : 0 };
  return { newest: second, free: 0 };
}

function encodeSlot(version: number, value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const slot = Buffer.alloc(SLOT_HEADER_BYTES + json.length);
  if (slot.length > SLOT_BYTES)
    throw new RangeError(`${json.length} bytes are too many for a versioned file`);
  slot.writeUInt32LE(json.length, 4);
  slot.writeDoubleLE(version, 8);
  json.copy(slot, SLOT_HEADER_BYTES);
  slot.writeUInt32LE(crc32(slot.subarray(4)), 0);
  return slot;
}

function decodeSlot<T>(slot: Buffer): Versioned<T> | undefined {
  const end = SLOT_HEADER_BYTES + slot.readUInt32LE(4);
  if (end > SLOT_BYTES || slot.readUInt32LE(0) !== crc32(slot.subarray(4, end))) return undefined;
  const value = JSON.parse(slot.toString('utf8', SLOT_HEADER_BYTES, end)) as T;
  return { value, version: slot.readDoubleLE(8) };
}
