import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  existsSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { flushDirectory } from './durable-files';
import { errorCode } from './error-code';

const FILE = 'first-offset';

/**
 * The offset that partitions of the log in `dir` begin with when they are made: what the first process to open it wished
 * for. All others, at the same moment or years later, are told the same. A log of before there was such a wish begins with 0.
 */
export function firstOffsetOf(dir: string, topics: readonly string[], wished: number): number {
  const path = join(dir, FILE);
  const kept = read(path);
  if (kept !== undefined) return kept;
  if (topics.some((topic) => existsSync(join(dir, topic)))) return 0;
  const draft = `${path}.${randomUUID()}`;
  const file = openSync(draft, 'wx');
  try {
    writeSync(file, String(wished));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    // Somebody was first.
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  flushDirectory(dir);
  return read(path) ?? wished;
}

function read(path: string): number | undefined {
  try {
    const offset = Number(readFileSync(path, 'utf8'));
    if (!Number.isSafeInteger(offset)) throw new Error(`log: ${path} holds no offset`);
    return offset;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
