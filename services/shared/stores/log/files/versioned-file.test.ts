import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVersioned, removeVersioned, writeVersioned } from './versioned-file';

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-versioned-'));
  path = join(dir, 'value');
});

afterEach(() => rm(dir, { recursive: true, force: true }));

test('a value changes only from the version that was seen', async () => {
  expect(readVersioned(path)).toBeUndefined();
  expect(await writeVersioned(path, 1, 'too early')).toBe(false);
  expect(await writeVersioned(path, 0, 'one')).toBe(true);
  expect(await writeVersioned(path, 0, 'again')).toBe(false);
  expect(await writeVersioned(path, 1, 'two')).toBe(true);
  expect(await writeVersioned(path, 1, 'late')).toBe(false);
  expect(readVersioned(path)).toEqual({ value: 'two', version: 2 });
});

test('of many at once exactly one succeeds', async () => {
  await writeVersioned(path, 0, 'first');
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => writeVersioned(path, 1, i)));
  const winner = results.indexOf(true);
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(readVersioned(path)).toEqual({ value: winner, version: 2 });
});

test('a torn write leaves the value from before', async () => {
  await writeVersioned(path, 0, 'one');
  await writeVersioned(path, 1, 'two');
  const before = readFileSync(path);
  await writeVersioned(path, 2, 'three');
  const bytes = readFileSync(path);
  const at = bytes.findIndex((byte, i) => byte !== before[i]);
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
  expect(readVersioned(path)).toEqual({ value: 'two', version: 2 });
  expect(await writeVersioned(path, 2, 'three again')).toBe(true);
  expect(readVersioned(path)).toEqual({ value: 'three again', version: 3 });
});

test('a value that was removed cannot be changed, only set anew', async () => {
  await writeVersioned(path, 0, 'one');
  expect(await removeVersioned(path, 2)).toBe(false);
  expect(await removeVersioned(path, 1)).toBe(true);
  expect(await removeVersioned(path, 1)).toBe(false);
  expect(await writeVersioned(path, 1, 'two')).toBe(false);
  expect(await writeVersioned(path, 0, 'new')).toBe(true);
  expect(readVersioned(path)).toEqual({ value: 'new', version: 1 });
});

test('a value too large for its file is refused', async () => {
  await expect(writeVersioned(path, 0, 'x'.repeat(3_000))).rejects.toThrow(/too many/);
});
