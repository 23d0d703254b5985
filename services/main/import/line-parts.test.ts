import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { inflated, lineParts, type Part } from './line-parts';

async function parts(text: string, options: Partial<Parameters<typeof lineParts>[1]> = {}): Promise<Part[]> {
  const found: Part[] = [];
  const chunks = Readable.from([Buffer.from(text)]) as AsyncIterable<Buffer>;
  for await (const part of lineParts(chunks, { linesMax: () => 2, bytesMax: 1_000, fromLine: 1, ...options }))
    found.push(part);
  return found;
}

const told = (found: Part[]) => found.map(({ firstLine, lines }) => [firstLine, lines.map(String)]);

test('every line has its place, blank ones and a last one without newline too', async () => {
  expect(told(await parts('a\n\nb\nc\nd'))).toEqual([
    [1, ['a', '']],
    [3, ['b', 'c']],
    [5, ['d']],
  ]);
});

test('bytes bound a part as well, and the size may change under way', async () => {
  expect(told(await parts('aaaa\nbbbb\nc\n', { bytesMax: 4 }))).toEqual([
    [1, ['aaaa']],
    [2, ['bbbb']],
    [3, ['c']],
  ]);
  let linesMax = 2;
  const shrinking = { linesMax: () => Math.max(1, linesMax--) };
  expect((await parts('a\nb\nc\nd\n', shrinking)).flatMap(({ lines }) => lines.map(String))).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

test('going on at a line keeps the numbers of the file', async () => {
  expect(told(await parts('a\nb\nc\nd\n', { fromLine: 3 }))).toEqual([[3, ['c', 'd']]]);
  expect(await parts('a\nb\n', { fromLine: 9 })).toEqual([]);
});

test('a line that is too long is named, and nothing is sent in its place', async () => {
  const [part] = await parts(`a\n${'x'.repeat(70_000)}\nb\n`, { linesMax: () => 9, bytesMax: 1e9 });
  expect(part?.tooLong).toEqual([2]);
  expect(part?.lines.map(String)).toEqual(['a', '', 'b']);
});

async function text(chunks: Buffer[]): Promise<string> {
  const found: Buffer[] = [];
  for await (const chunk of inflated(Readable.from(chunks) as AsyncIterable<Buffer>)) found.push(chunk);
  return Buffer.concat(found).toString();
}

test('gzip is known by its first bytes, however they are cut', async () => {
  const zipped = gzipSync('one\ntwo\n');
  expect(await text([zipped])).toBe('one\ntwo\n');
  expect(await text([zipped.subarray(0, 1), zipped.subarray(1, 2), zipped.subarray(2)])).toBe('one\ntwo\n');
  expect(await text([Buffer.from('a'), Buffer.from('b')])).toBe('ab');
  expect(await text([Buffer.from('a')])).toBe('a');
  expect(await text([])).toBe('');
});

test('gzip that ends too early is an error, not a short file', async () => {
  await expect(text([gzipSync('one\ntwo\n'.repeat(100)).subarray(0, 20)])).rejects.toMatchObject({
    code: 'Z_BUF_ERROR',
  });
});
